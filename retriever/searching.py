"""``Searching``: the ways to ask an open index, or several as one. Wiring only."""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, NoReturn, TypeVar

from retriever.arguments import require_text
from retriever.context.options import ContextOptions, Order, TokenizerLike
from retriever.context.values import Context
from retriever.errors import IndexNotFoundError, UsageError
from retriever.hits import SearchResponse
from retriever.locks import WORK
from retriever.options import SearchOptions, Where
from retriever.reports import Progress
from retriever.types import Duplicates, Mode

if TYPE_CHECKING:
    from retriever.citations import CitationChecker, CitationReport
    from retriever.context.conversation import HistoryLike
    from retriever.context.follow_ups import Begin
    from retriever.models.embedding_model import EmbeddingModel

OnProgress = Callable[[Progress], None]
Result = TypeVar("Result")


class Searching(ABC):
    """What can be searched: an open index, or several as one."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied, as processes and libraries do with arguments. Raises UsageError."""
        raise UsageError(
            "an open index cannot be pickled or copied",
            hint="open it where it is needed, in each process: Retriever.open(…)",
        )

    @abstractmethod
    def search_with(self, query: str, options: SearchOptions) -> SearchResponse:
        """As ``search``, with a ``SearchOptions`` object."""

    @abstractmethod
    def search_many_with(self, queries: Sequence[str], options: SearchOptions) -> list[SearchResponse]:
        """As ``search_many``, with a ``SearchOptions`` object."""

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        mode: Mode = "hybrid",
        context: int = 0,
        rerank: int | None = None,
        duplicates: Duplicates = "fold",
        where: Where | None = None,
        min_score: float = 0.0,
        diverse: bool = False,
        max_per_document: int | None = None,
        explain: bool = False,
    ) -> SearchResponse:
        """The ``k`` best passages for a question: a sequence of hits, best first.

        The arguments are those of ``SearchOptions``.

        Raises UsageError for a query that is empty or only punctuation and for invalid arguments, FilterError, and
        FingerprintMismatchError if the index was built with another model, or by a later version with another analyzer.
        """
        options = SearchOptions(
            k, mode, context, rerank, duplicates, where, min_score, diverse, max_per_document, explain
        )
        return self.search_with(query, options)

    def search_many(
        self,
        queries: Sequence[str],
        k: int = 10,
        *,
        mode: Mode = "hybrid",
        context: int = 0,
        rerank: int | None = None,
        duplicates: Duplicates = "fold",
        where: Where | None = None,
        min_score: float = 0.0,
        diverse: bool = False,
        max_per_document: int | None = None,
        explain: bool = False,
    ) -> list[SearchResponse]:
        """The answers to many questions, each as ``search`` gives it, all from one generation.

        The questions are embedded together. Raises what ``search`` raises; of a question that cannot be asked
        the error names the place, counted from 0, and none is answered.
        """
        options = SearchOptions(
            k, mode, context, rerank, duplicates, where, min_score, diverse, max_per_document, explain
        )
        return self.search_many_with(queries, options)

    def context(
        self,
        question: str,
        max_tokens: int = 1500,
        *,
        history: Iterable[HistoryLike] = (),
        order: Order = "rank",
        tokenizer: TokenizerLike | None = None,
        min_score: float | None = None,
        mode: Mode = "hybrid",
        where: Where | None = None,
    ) -> Context:
        """The best passages for a question, packed into ``max_tokens`` with numbered citations.

        ``history`` has the earlier turns of the conversation, oldest first: questions as text, or chat messages with
        ``role`` and ``content``. The other arguments are those of ``ContextOptions``.

        Raises what ``search`` raises, UsageError for a history of another form, MissingExtraError for a tokenizer by
        name where tiktoken is not installed, and ModelError where that cannot load it.
        """
        options = ContextOptions(max_tokens, order, tokenizer, min_score, mode, where)
        return self.context_with(question, options, history)

    @WORK.held
    def context_with(self, question: str, options: ContextOptions, history: Iterable[HistoryLike] = ()) -> Context:
        """As ``context``, with a ``ContextOptions`` object."""
        from retriever.context.build import build_context
        from retriever.context.conversation import read_history

        if not isinstance(options, ContextOptions):
            raise UsageError(
                f"options must be ContextOptions, not {options!r}", hint="such as ContextOptions(max_tokens=800)"
            )
        turns = read_history(history)

        def build(stack: ExitStack) -> Context:
            begin, model = self._begin_searches(stack)
            return build_context(begin, question, options, turns, location=self.location, model=model)

        # A tokenizer of the user may wait for something, and one by name fetch its vocabulary.
        return self._do_in_turn(build, needed=options.tokenizer is None)

    @property
    def _is_immediate(self) -> bool:
        """Whether no search waits for another machine or for code of the user."""
        return False

    def _do_in_turn(self, work: Callable[[ExitStack], Result], *, needed: bool = True) -> Result:
        """What ``work`` returns, done in one turn if that is ``needed`` and searches are immediate."""
        from retriever.search.turns import TURNS

        def do() -> Result:
            with ExitStack() as stack:
                return work(stack)

        # Seeing which generation is the newest takes Python's lock several times, too.
        return TURNS.run(do, needed=needed and self._is_immediate)

    @abstractmethod
    def citation_checker(self, context: object) -> CitationChecker:
        """Checks the citations of an answer as it comes in, comparing meanings with the model of the index.

        ``context`` is what the answer was made from: a ``Context``, its ``to_dict()``, or a list of excerpts or texts.
        """

    def check_citations(self, answer: str, context: object) -> CitationReport:
        """Check each claim of an answer against the excerpts of the context that it was made from.

        As ``retriever.check_citations`` with the model of the index. Raises UsageError for arguments of another type.
        """
        require_text("answer", answer)
        checker = self.citation_checker(context)
        checker.feed(answer)
        checker.finish()
        return checker.report

    @property
    @abstractmethod
    def location(self) -> str:
        """The folder or URI of the index, or those of several."""

    @abstractmethod
    def _begin_searches(self, stack: ExitStack) -> tuple[Begin, Callable[[], EmbeddingModel]]:
        """Begins searches of the newest generation while ``stack`` is open; and the model of the first index."""


def check_options(options: object) -> None:
    """Raise UsageError for what is not a ``SearchOptions`` object."""
    if not isinstance(options, SearchOptions):
        raise UsageError(f"options must be SearchOptions, not {options!r}", hint="such as SearchOptions(k=5)")


def empty_index_error(location: str) -> IndexNotFoundError:
    """The error for a search in an index that nothing was ever added to."""
    return IndexNotFoundError(
        f"the index {location} is empty",
        hint=f"add documents: retriever index SOURCE... --index {shlex.quote(location)} "
        "(in Python: Retriever.sync or Retriever.add)",
    )
