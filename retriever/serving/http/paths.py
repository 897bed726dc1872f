"""Where in the application a request leads: another application may have mounted it below a path of its own."""

from __future__ import annotations

from starlette.types import Scope


def find_path(scope: Scope) -> str:
    """The path of a request within the application."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(root) if path.startswith(f"{root}/") else path
