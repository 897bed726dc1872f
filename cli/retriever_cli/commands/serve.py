"""``retriever serve``: answers over HTTP."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from typing import Annotated

import typer

from retriever_cli.console import note
from retriever_cli.home import index_path
from retriever_cli.messages import localise_for
from retriever_cli.options import IndexesOption
from retriever_cli.running_server import announce, publish

# What the system itself, the indexes and the models need beside the connections.
OTHER_FILES = 300

EXAMPLES = """\b
Examples:
  retriever serve
  retriever serve --index work --index archive --port 8080
  retriever serve --host 0.0.0.0 --token-file tokens --allow-host search.example
  retriever serve --writable --token-file tokens
"""


def serve(
    index: IndexesOption = ["default"],  # noqa: B006  (never changed)
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 takes any free one.")] = 8000,
    token_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Bearer tokens, one a line, after `read` if it may not write. $RETRIEVER_TOKEN is one more.",
        ),
    ] = None,
    writable: Annotated[
        bool, typer.Option("--writable", help="Let tokens add and remove documents and refresh sources.")
    ] = False,
    allow_host: Annotated[
        list[str], typer.Option(metavar="NAME", show_default=False, help="A name that this server is reached by.")
    ] = [],  # noqa: B006
    allow_origin: Annotated[
        list[str], typer.Option(metavar="ORIGIN", show_default=False, help="Another origin whose pages may ask.")
    ] = [],  # noqa: B006
    rate: Annotated[
        float, typer.Option(metavar="N", min=0.0, help="Requests a second that one address may make; 0 for any.")
    ] = 100.0,
    searches: Annotated[
        int, typer.Option(metavar="N", min=0, help="Searches that run at once; 0 for one more than CPUs.")
    ] = 0,
    processes: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            show_default=False,
            help="Processes that search; 0 to search in this one. By default others are started under load.",
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="How long a request may take, waiting included.")
    ] = 30.0,
    tokenizer: Annotated[
        list[str],
        typer.Option(
            metavar="NAME",
            show_default=False,
            help="An encoding of tiktoken that the tokens of contexts may be counted in.",
        ),
    ] = [],  # noqa: B006
    log_questions: Annotated[
        bool, typer.Option("--log-questions", help="Write the texts of questions into the log.")
    ] = False,
) -> None:
    """Answer questions over HTTP, with a page for people at /.

    Only this machine reaches it, unless --host says otherwise, which needs a token. Requests only read, unless
    --writable says otherwise. While it runs, your search and context commands ask it, and answer sooner. The log, a
    JSON object a line, goes to standard error. Needs the extra server.
    """
    from retriever import Retriever
    from retriever.serving.http import VARIABLE, Limits, ServerOptions, find_tokens, name_indexes, write_logs
    from retriever.serving.http import serve as run

    usual = Limits()
    options = ServerOptions(
        host=host,
        port=port,
        tokens=find_tokens(token_file, os.environ),
        writable=writable,
        allow_hosts=tuple(allow_host),
        allow_origins=tuple(allow_origin),
        tokenizers=tuple(tokenizer),
        processes=processes,
        log_questions=log_questions,
        localise=localise_for,
        limits=replace(
            usual,
            rate=rate,
            searches=searches,
            seconds=timeout,
            header_seconds=min(timeout, usual.header_seconds),
            idle_seconds=min(timeout, usual.idle_seconds),
            connections=_count_connections(),
        ),
    )
    os.environ.pop(VARIABLE, None)  # the processes that read documents need not know it
    write_logs(sys.stderr)
    with ExitStack() as stack:
        retrievers = [stack.enter_context(Retriever.open(index_path(name))) for name in index]
        named = name_indexes(retrievers)
        locations = {name: retriever.location for name, retriever in named.items()}
        socket = stack.enter_context(announce())

        def tell(url: str) -> None:
            if socket:
                publish(socket, locations)
            note(f"serving {', '.join(named)} on {url}")

        run(named, replace(options, local_socket=socket), tell)


def _count_connections() -> int:
    """As many as files may be open, which the process raises to what the system permits, without those for others."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return max(16, min(1000, (4096 if soft == resource.RLIM_INFINITY else soft) - OTHER_FILES))
