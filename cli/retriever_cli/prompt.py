"""The interactive prompt of ``retriever search``: a question a line, answered by an engine that stays warm.

On a terminal it has line editing and history; from a pipe it reads a question a line and prints no prompt.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

from retriever import Mode, Retriever, SearchResponse
from retriever.errors import RetrieverError, UsageError
from retriever_cli.commands.search import render
from retriever_cli.console import note, write
from retriever_cli.failures import DONE, NO_HITS, exit_code, report
from retriever_cli.options import MOST_DIGITS, whole_number
from retriever_cli.progress import progress
from retriever_cli.settings import Settings

PROMPT = "? "
# How many passages before and after `:open` shows.
OPEN_CONTEXT = 3

HELP = """\
a question     searches for it
:open N        show hit N of the last answer whole, with the passages around it
:k N           show N hits                       :mode hybrid|dense|lexical
:context N     show N passages around each hit   :where EXPR  only passages that match (alone: all)
:explain N     say how hit N came by its rank    :help   :quit"""


class Prompt:
    """What a session of questions remembers: its settings and the last answer."""

    def __init__(self, retriever: Retriever, settings: Settings) -> None:
        self._retriever = retriever
        self._settings = settings
        self._last: SearchResponse | None = None
        self._last_settings = settings
        self._printed = False
        self._interactive = sys.stdin.isatty()
        self._exit_code = NO_HITS
        self._commands: dict[str, Callable[[str], None]] = {
            "help": lambda _: note(HELP),
            "k": self._set_k,
            "mode": self._set_mode,
            "context": self._set_context,
            "where": self._set_where,
            "open": self._open,
            "explain": self._explain,
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
        note(f"{self._retriever.location}: ask a question, or :help")

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
                name, _, argument = line[1:].strip().partition(" ")
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

    def _answer(self, question: str) -> None:
        response = self._settings.ask(self._retriever, question)
        self._last, self._last_settings = response, self._settings
        self._show(response, self._settings)
        if self._interactive:
            hits = "1 hit" if len(response.hits) == 1 else f"{len(response.hits)} hits"
            note(f"({hits} in {response.took_ms:.0f} ms)")
        if response.hits and self._exit_code == NO_HITS:
            self._exit_code = DONE

    def _command(self, name: str) -> Callable[[str], None]:
        if name not in self._commands:
            raise UsageError(f"there is no :{name}", hint=":help lists what there is")
        return self._commands[name]

    def _set_k(self, argument: str) -> None:
        self._settings = replace(self._settings, k=_number(argument, least=1))

    def _set_context(self, argument: str) -> None:
        self._settings = replace(self._settings, context=_number(argument, least=0))

    def _set_mode(self, argument: str) -> None:
        modes: tuple[Any, ...] = get_args(Mode)
        if argument not in modes:
            raise UsageError(f"{argument!r} is not a mode", hint=f"one of {', '.join(modes)}")
        self._settings = replace(self._settings, mode=modes[modes.index(argument)])

    def _set_where(self, argument: str) -> None:
        self._settings = replace(self._settings, where=argument or None)

    def _open(self, argument: str) -> None:
        self._again(argument, replace(self._last_settings, context=OPEN_CONTEXT, full=True))

    def _explain(self, argument: str) -> None:
        self._again(argument, replace(self._last_settings, explain=True))

    def _again(self, argument: str, settings: Settings) -> None:
        """Show one hit otherwise. The question is asked again, because what is to be shown comes with the answer."""
        number = _number(argument, least=1)
        if self._last is None or number > len(self._last.hits):
            raise UsageError(f"there is no hit {number}", hint="ask a question first; the number is that of a hit")
        answer = settings.ask(self._retriever, self._last.query)
        wanted = tuple(hit for hit in answer.hits if hit.id == self._last.hits[number - 1].id)
        if not wanted:
            raise UsageError(f"hit {number} is not in the answer any more", hint="ask the question again")
        self._show(replace(answer, hits=wanted), settings)

    def _show(self, response: SearchResponse, settings: Settings) -> None:
        """Print an answer; in a file an empty line parts it from the one before, as the prompt does on a terminal."""
        if self._printed and not self._interactive and settings.format in ("text", "markdown") and response.hits:
            write("\n")
        self._printed = self._printed or bool(response.hits)
        render(response, settings, compact=True)


def _number(text: str, *, least: int) -> int:
    number = whole_number(text)
    if number is None or number < least:
        raise UsageError(f"{text[:MOST_DIGITS]!r} is not a number from {least} up")
    return number
