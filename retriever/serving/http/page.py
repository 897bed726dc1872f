"""The page at ``/``: static files, with headers that let a browser run these files and nothing else."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[1] / "page"

# Scripts and styles are files of this server, nothing is fetched from elsewhere, no text becomes markup, and no other
# page frames this one. A PDF is shown in a frame: from here, or as a blob where it was fetched with a token.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "frame-src 'self' blob:",
        "object-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # The files of one version belong together: a browser asks whether they have changed.
    "Cache-Control": "no-cache",
}


class PageFiles(StaticFiles):
    """The files of the page."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER, html=True)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file at a path, with the headers of the page. Raises HTTPException."""
        if scope["method"] not in ("GET", "HEAD"):
            # Raises where there is no file: then it is the path that is wrong, not the method.
            await super().get_response(path, {**scope, "method": "GET"})
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response
