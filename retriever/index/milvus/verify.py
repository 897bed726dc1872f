"""Looks for what is wrong with an index: with ``deep`` every row of the newest generation is read and counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from retriever.errors import StorageError
from retriever.index.identity import passage_id
from retriever.index.milvus import codec, schema
from retriever.index.milvus.counts import Counts
from retriever.index.milvus.failures import REPLACE
from retriever.index.milvus.memo import read_memo
from retriever.index.milvus.terms import BUCKET, read_counts, read_terms
from retriever.index.milvus.view import View
from retriever.reports import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retriever.index.milvus.codec import DocumentRow
    from retriever.index.milvus.site import Site


def verify(site: Site, *, deep: bool) -> list[Problem]:
    """The problems of the newest generation. Raises IndexUnavailableError where the server does not answer."""
    problems: list[Problem] = []
    try:
        state = site.head.state()
        view = View(site.client, schema.Names.of(site.location, state.era), state, counted=False)
        read_memo(view)
        found = _problems(view, deep) if state.era else ()
        problems.extend(Problem(site.location.uri, message, REPLACE) for message in found)
    except StorageError as error:
        problems.append(Problem(site.location.uri, str(error), error.hint or REPLACE))
    except (ValueError, TypeError) as error:
        problems.append(Problem(site.location.uri, f"a row cannot be read: {error}", REPLACE))
    return problems


def _problems(view: View, deep: bool) -> Iterator[str]:
    state = view.state
    passages = 0 if view.bare else view.count(view.names.passages, view.live)
    if passages != state.passages:
        yield f"{passages} passages are there, {state.passages} are counted"
    documents = view.count(view.names.records, f"kind == {schema.DOCUMENT} and {view.live}")
    if documents != state.documents:
        yield f"{documents} documents are there, {state.documents} are counted"
    if deep:
        counts = Counts()
        for document in view.all_documents():
            yield from _check_document(view, document, counts)
        yield from _check_numbers(view, counts)


def _check_document(view: View, document: DocumentRow, counts: Counts) -> Iterator[str]:
    found = view.passages(document.refs, vectors=True, tokens=True)
    rows = [found[ref] for ref in document.refs if ref in found]
    if len(rows) != document.document.passages:
        yield f"{document.document.key!r} has {len(rows)} of {document.document.passages} passages"
    for place, row in enumerate(rows):
        name = schema.signed(passage_id(document.document.key, row.text.passage))
        if (row.name, row.place, row.document, row.pending) != (name, place, document.number, document.pending):
            yield f"passage {place} of {document.document.key!r} is not the one that was written"
        counts.count(row.text, row.vector, 1)
    counts.documents += 1


def _check_numbers(view: View, counts: Counts) -> Iterator[str]:
    state = view.state
    counted = (state.documents, state.passages, state.pending, state.length, state.unpaged)
    if counted != (counts.documents, counts.passages, counts.pending, counts.length, counts.unpaged):
        yield "the totals do not fit the passages"
    stored = Counter[int]()
    for bucket, (_, numbers) in read_counts(view, view.all_records(schema.COUNTS)).items():
        stored.update({bucket * BUCKET + at: number for at, number in enumerate(numbers) if number})
    missing, numbered = +counts.terms, Counter[int]()
    for terms in read_terms(view):
        numbered.update({number: missing.pop(term) for term, number in terms.items() if term in missing})
    if +stored != numbered:
        yield "the counts of terms do not fit the passages"
    if missing:
        yield f"{len(missing)} terms are missing"
    rows = [codec.load_sums(row["body"], state.dimension) for row in view.records(schema.LANGUAGE)]
    sums = {code: (one.passages, one.pending, one.vectors.tolist()) for code, one in rows}
    zero = [0.0] * state.dimension
    own = {
        code: (one.passages, one.pending, zero if one.vectors is None else one.vectors.tolist())
        for code, one in counts.languages.items()
    }
    if sums != own:
        yield "the sums of languages do not fit the passages"
