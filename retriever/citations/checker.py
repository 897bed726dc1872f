"""Checks the citations of an answer, as a whole or as it comes in: ``check_citations`` and ``CitationChecker``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from retriever.arguments import require_text
from retriever.citations.evidence import read_evidence
from retriever.citations.excerpts import ReadExcerpt
from retriever.citations.judging import Judge, Thresholds
from retriever.citations.source_names import SourceNames
from retriever.citations.statements import AnswerReader, Statement
from retriever.citations.values import Aside, CitationReport, Claim
from retriever.surrogates import replace_surrogates

if TYPE_CHECKING:
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Encoder
    from retriever.models.scoring.score_baseline import ScoreBaseline

    AnyModel: TypeAlias = str | Path | Encoder | EmbeddingModel | None


def check_citations(answer: str, context: object, model: AnyModel = None) -> CitationReport:
    """Check each claim of an answer against the excerpts of a context, without a language model.

    - ``answer``: text or Markdown that cites excerpts as ``[1]``
    - ``context``: a ``Context``, its ``to_dict()``, or a list of excerpts or texts
    - ``model``: what compares meanings, also across languages: a name such as ``"bundled"``, a folder or an object.
      Without one, only quotations, figures and names count; ``Retriever.check_citations`` uses the index's.

    Raises UsageError for arguments of another type, ModelError for a model that cannot be loaded.
    """
    require_text("answer", answer)
    checker = CitationChecker(context, model)
    checker.feed(answer)
    checker.finish()
    return checker.report


class CitationChecker:
    """Checks an answer as it comes in. The claims are those of ``check_citations``, whatever pieces it comes in.

    ::

        checker = retriever.citation_checker(context)
        for piece in stream:
            for claim in checker.feed(piece): ...
        for claim in checker.finish(): ...
    """

    def __init__(self, context: object, model: AnyModel = None, *, baseline: ScoreBaseline | None = None) -> None:
        """The arguments are those of ``check_citations``; an index hands in the ``baseline`` of its model."""
        from retriever.citations.meaning import Meaning

        evidence = read_evidence(context)
        embedding = _load(model)
        meaning = Meaning(embedding, baseline) if embedding is not None and embedding.has_token_vectors else None
        self._judge = Judge([ReadExcerpt(each, meaning) for each in evidence], meaning, Thresholds())
        self._by_meaning = meaning is not None
        self._reader = AnswerReader(SourceNames("\n".join((*each.sources, each.labels)) for each in evidence))
        self._claims: list[Claim] = []
        self._asides: list[Aside] = []

    def feed(self, chunk: str) -> list[Claim]:
        """The claims that are complete with the next piece of the answer.

        U+FFFD stands for halves of characters, which a claim that is sent on could not have.
        """
        require_text("chunk", chunk)
        return self._take(self._reader.feed(replace_surrogates(chunk)))

    def finish(self) -> list[Claim]:
        """The rest of the claims, at the end of the answer."""
        return self._take(self._reader.finish())

    @property
    def report(self) -> CitationReport:
        """The claims and asides so far."""
        return CitationReport(tuple(self._claims), tuple(self._asides), self._by_meaning)

    def _take(self, statements: list[Statement]) -> list[Claim]:
        claims = []
        for statement in statements:
            if statement.aside:
                self._asides.append(Aside(statement.aside, statement.start, statement.end))
            else:
                text = self._reader.text[statement.start : statement.end]
                claims.append(self._judge.judge(statement, text))
        self._claims += claims
        return claims


def _load(model: AnyModel) -> EmbeddingModel | None:
    from retriever.models import load, share

    if model is None:
        return None
    return load(model) if isinstance(model, str | Path) else share(model)
