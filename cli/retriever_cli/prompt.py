"""The interactive prompt of ``retriever search``: a question a line, answered by an engine that stays warm.

On a terminal it has line editing and history; from a pipe it reads a question a line and prints no prompt.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, get_args

from retriever import Duplicates, Mode, Retriever, SearchResponse
from retriever.errors import RetrieverError, UsageError
from retriever_cli.console import note
from retriever_cli.failures import DONE, NO_HITS, exit_code, report
from retriever_cli.options import HitFormat
from retriever_cli.progress import progress
from retriever_cli.search import render

PROMPT = "? "
# How many passages before and after `:open` shows.
OPEN_CONTEXT = 3

HELP = """\
a question     searches for it
:open N        show hit N of the last answer whole, with the passages around it
:k N           show N hits                       :mode hybrid|dense|lexical
:context N     show N passages around each hit   :help   :quit"""


class Prompt:
    """What a session of questions remembers: its settings and the last answer."""

    def __init__(
        self,
        retriever: Retriever,
        *,
        k: int,
        mode: Mode,
        context: int,
        rerank: int | None,
        duplicates: Duplicates,
        full: bool,
        format: HitFormat,
    ) -> None:
        self._retriever = retriever
        self._k = k
        self._mode: Mode = mode
        self._context = context
        self._rerank = rerank
        self._duplicates: Duplicates = duplicates
        self._full = full
        self._format: HitFormat = format
        self._last: SearchResponse | None = None
        self._interactive = sys.stdin.isatty()
        self._exit_code = NO_HITS
        self._commands: dict[str, Callable[[str], None]] = {
            "help": lambda _: note(HELP),
            "k": self._set_k,
            "mode": self._set_mode,
            "context": self._set_context,
            "open": self._open,
        }

    def run(self) -> int:
        """Answer until the end of the input or ``:quit``; the exit code.

        It is 0 on a terminal. From a pipe it is the first failure's, else 0 where any question had a hit.
        """
        if self._interactive:
            self._greet()
        while (line := self._read()) is not None:
            if line in (":quit", ":q"):
                break
            if line:
                self._handle(line)
        return DONE if self._interactive else self._exit_code

    def _greet(self) -> None:
        import readline  # noqa: F401  (gives input() line editing and history)

        with progress() as on_progress:
            self._retriever.warm(on_progress)
        note(f"{self._retriever.path}: ask a question, or :help")

    def _read(self) -> str | None:
        try:
            line = input(PROMPT) if self._interactive else sys.stdin.readline()
        except EOFError:
            note("")
            return None
        except KeyboardInterrupt:
            note("")
            return ""
        except UnicodeDecodeError as error:
            raise UsageError(f"a line is not {error.encoding} text") from error
        return line.strip() if line or self._interactive else None

    def _handle(self, line: str) -> None:
        try:
            if line.startswith(":"):
                name, _, argument = line[1:].partition(" ")
                self._command(name)(argument.strip())
            else:
                self._answer(line)
        except RetrieverError as error:
            report(error)
            if self._exit_code in (DONE, NO_HITS):
                self._exit_code = exit_code(error)
        except KeyboardInterrupt:
            if not self._interactive:
                raise
            note("interrupted")

    def _ask(self, question: str, k: int, mode: Mode, context: int) -> SearchResponse:
        return self._retriever.respond(
            question, k, mode=mode, context=context, rerank=self._rerank, duplicates=self._duplicates
        )

    def _answer(self, question: str) -> None:
        response = self._ask(question, self._k, self._mode, self._context)
        self._last = response
        render(response, self._format, full=self._full, compact=True)
        if self._interactive:
            note(f"({len(response.hits)} hits in {response.took_ms:.0f} ms)")
        if response.hits and self._exit_code == NO_HITS:
            self._exit_code = DONE

    def _command(self, name: str) -> Callable[[str], None]:
        if name not in self._commands:
            raise UsageError(f"there is no :{name}", hint=":help lists what there is")
        return self._commands[name]

    def _set_k(self, argument: str) -> None:
        self._k = _number(argument, least=1)

    def _set_context(self, argument: str) -> None:
        self._context = _number(argument, least=0)

    def _set_mode(self, argument: str) -> None:
        modes: tuple[Any, ...] = get_args(Mode)
        if argument not in modes:
            raise UsageError(f"{argument!r} is not a mode", hint=f"one of {', '.join(modes)}")
        self._mode = modes[modes.index(argument)]

    def _open(self, argument: str) -> None:
        """Show one hit whole. The question is asked again, because neighbours come with the answer only."""
        number = _number(argument, least=1)
        if self._last is None or number > len(self._last.hits):
            raise UsageError(f"there is no hit {number}", hint="ask a question first; :open takes the number of a hit")
        last = self._last
        wide = self._ask(last.query, len(last.hits), last.mode, OPEN_CONTEXT)
        wanted = tuple(hit for hit in wide.hits if hit.id == last.hits[number - 1].id)
        if not wanted:
            raise UsageError(f"hit {number} is no longer in the index", hint="ask the question again")
        render(
            SearchResponse(last.query, wide.index, wide.generation, wide.mode, wide.took_ms, wanted),
            self._format,
            full=True,
            compact=True,
        )


def _number(text: str, *, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise UsageError(f"{text!r} is not a number from {least} up")
    return int(text)
