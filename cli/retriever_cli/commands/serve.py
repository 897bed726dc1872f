"""``retriever serve``: answers over HTTP."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from retriever_cli.console import note
from retriever_cli.home import index_path
from retriever_cli.options import IndexesOption

EXAMPLES = """\b
Examples:
  retriever serve
  retriever serve --index work --index archive --port 8080
"""


def serve(
    index: IndexesOption = ["default"],  # noqa: B006  (never changed)
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 takes any free one.")] = 8000,
) -> None:
    """Answer questions over HTTP, with a page for people at /.

    Only this machine reaches it, unless --host says otherwise.
    """
    from retriever import Retriever
    from retriever.serving.http import ServerOptions, name_indexes
    from retriever.serving.http import serve as run

    options = ServerOptions(host=host, port=port)
    with ExitStack() as stack:
        retrievers = [stack.enter_context(Retriever.open(index_path(name))) for name in index]
        names = name_indexes(retrievers)
        run(names, options, lambda url: note(f"serving {', '.join(names)} on {url}"))
