"""The interactive prompt of ``retriever search``: one question per line, answered by a warm index and model.

On a terminal it has line editing and history; from a pipe it reads one question per line and prints no prompt.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from retriever import Hit, Mode, SearchOptions, SearchResponse
from retriever.errors import RetrieverError, UsageError
from retriever_cli.commands.open import SURROUNDINGS, open_in_program
from retriever_cli.commands.search_settings import SearchSettings
from retriever_cli.console import note, notice, quote, write
from retriever_cli.failures import DONE, NO_HITS, exit_code, report
from retriever_cli.inputs import clean_input, read_line, refuse_input
from retriever_cli.messages import localise
from retriever_cli.opening.last_search import find_line
from retriever_cli.options import MAX_DIGITS, format_count, parse_integer
from retriever_cli.progress import show_progress
from retriever_cli.render.text import View

if TYPE_CHECKING:
    from retriever import RetrieverGroup

PROMPT = "? "

HELP = """\
a question     search for it
:open N        open the document of hit N, at its place
:show N        show hit N in full, with the passages around it
:explain N     explain the score and rank of hit N
:k N           show N hits
:context N     show N passages around each hit
:where EXPR    search only matching passages (alone: all)
:mode MODE     search in mode hybrid, dense or lexical
:short         show two lines of each hit
:long, :full   show passages folded, or in full
:help          show this list
:quit          leave"""


class Prompt:
    """A session of questions, with its settings and its last response."""

    def __init__(self, group: RetrieverGroup, settings: SearchSettings) -> None:
        self._group = group
        self._settings = settings
        self._last: SearchResponse | None = None
        self._last_settings = settings
        self._printed = False
        self._interactive = sys.stdin.isatty()
        self._exit_code = NO_HITS
        self._commands: dict[str, Callable[[str], None]] = {
            "help": lambda _: quote(localise(HELP, sys.stderr)),
            "k": self._set_k,
            "mode": self._set_mode,
            "context": self._set_context,
            "where": self._set_where,
            "short": lambda _: self._set_view(View(short=True, pager=settings.view.pager)),
            "long": lambda _: self._set_view(View(pager=settings.view.pager)),
            "full": lambda _: self._set_view(View(full=True, pager=settings.view.pager)),
            "open": self._open,
            "show": self._show_whole,
            "explain": self._explain,
        }

    def run(self) -> int:
        """Answer questions until the end of the input or ``:quit``, and return the exit code.

        On a terminal it is 0. From a pipe it is that of the first error, else 0 if any question had a hit.
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

        if self._settings.options.mode != "lexical":
            with show_progress() as on_progress:
                self._group.warm(on_progress)
        notice(f"{self._group.location}: ask a question, or type :help")

    def _read(self) -> str | None:
        try:
            line = input(PROMPT) if self._interactive else read_line()
        except EOFError:
            note("")
            return None
        except KeyboardInterrupt:
            note("")
            return ""
        except UnicodeDecodeError as error:
            if not self._interactive:
                raise refuse_input(error) from error
            report(refuse_input(error))
            return ""
        return clean_input(line) if line or self._interactive else None

    def _handle(self, line: str) -> None:
        try:
            if line.startswith(":"):
                name, _, argument = line[1:].strip().partition(" ")
                self._find_command(name)(argument.strip())
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
        response = self._settings.search(self._group, question)
        self._last, self._last_settings = response, self._settings
        self._settings.remember(response)
        self._show(response, self._settings)
        if self._interactive:
            notice(f"({format_count(len(response.hits), 'hit')} in {response.took_ms:.0f} ms)")
        if response.hits and self._exit_code == NO_HITS:
            self._exit_code = DONE

    def _find_command(self, name: str) -> Callable[[str], None]:
        if name not in self._commands:
            raise UsageError(f"unknown command ':{name}'", hint="type :help for a list")
        return self._commands[name]

    def _set_k(self, argument: str) -> None:
        self._change(replace(self._settings.options, k=_parse_number(argument, minimum=1)))
        self._acknowledge(f"showing {format_count(self._settings.options.k, 'hit')}")

    def _set_context(self, argument: str) -> None:
        self._change(replace(self._settings.options, context=_parse_number(argument, minimum=0)))
        count = self._settings.options.context
        self._acknowledge(f"showing {format_count(count, 'passage')} on either side of a hit")

    def _set_mode(self, argument: str) -> None:
        modes: tuple[Any, ...] = get_args(Mode)
        if argument not in modes:
            raise UsageError(f"unknown mode {argument!r}", hint=f"choose from {', '.join(modes)}")
        self._change(replace(self._settings.options, mode=modes[modes.index(argument)]))
        self._acknowledge(f"searching in {argument} mode")

    def _set_where(self, argument: str) -> None:
        if argument:
            # What is wrong with it is told now, by a search that needs no model, and the filter before it stays.
            self._group.search_with("x", SearchOptions(k=1, mode="lexical", where=argument))
        self._change(replace(self._settings.options, where=argument or None))
        self._acknowledge(f"searching where {argument}" if argument else "searching all passages")

    def _set_view(self, view: View) -> None:
        self._settings = replace(self._settings, view=view)
        size = "in two lines" if view.short else "in full" if view.full else "folded to the part that answers"
        self._acknowledge(f"showing passages {size}")

    def _change(self, options: SearchOptions) -> None:
        self._settings = self._settings.change(options)

    def _acknowledge(self, message: str) -> None:
        """Say what holds from the next question on. A pipe has nobody to read it."""
        if self._interactive:
            notice(f"({message})")

    def _open(self, argument: str) -> None:
        """Open the document of one hit of the last response; show the hit where no program can, and in a pipe."""
        _, hit = self._find_hit(argument)
        if not (self._interactive and open_in_program(hit, find_line(hit))):
            self._show_whole(argument)

    def _show_whole(self, argument: str) -> None:
        """Show one hit of the last response whole, with the passages around it."""
        response, hit = self._find_hit(argument)
        passage = self._group.find(hit.index).passage(hit.id, context=SURROUNDINGS)
        whole = replace(hit, before=passage.before, after=passage.after)
        self._show(replace(response, hits=(whole,)), replace(self._last_settings, view=View(full=True)))

    def _explain(self, argument: str) -> None:
        """Show one hit of the last response with its explanation, which comes from a second search."""
        response, hit = self._find_hit(argument)
        settings = self._last_settings.change(replace(self._last_settings.options, explain=True))
        again = settings.search(self._group, response.query)
        hits = tuple(other for other in again if (other.id, other.index) == (hit.id, hit.index))
        if not hits:
            raise UsageError(f"hit {hit.rank} is no longer in the results", hint="ask the question again")
        self._show(replace(again, hits=hits), settings)

    def _find_hit(self, argument: str) -> tuple[SearchResponse, Hit]:
        """The last response and its hit of that number."""
        number = _parse_number(argument, minimum=1)
        if self._last is None or number > len(self._last):
            raise UsageError(
                f"no hit {number} in the last results", hint="ask a question, then use the number of a hit"
            )
        return self._last, self._last.hits[number - 1]

    def _show(self, response: SearchResponse, settings: SearchSettings) -> None:
        """Print a response; outside a terminal an empty line separates it from the one before."""
        if self._printed and not self._interactive and settings.format in ("text", "markdown") and response.hits:
            write("\n")
        self._printed = self._printed or bool(response.hits)
        settings.show(response, compact=True)


def _parse_number(text: str, *, minimum: int) -> int:
    number = parse_integer(text)
    if number is None or number < minimum:
        raise UsageError(f"invalid number {text[:MAX_DIGITS]!r}: expected an integer of at least {minimum}")
    return number
