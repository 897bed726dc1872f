"""Retriever: local-first, multilingual semantic search with exact citations.

``Retriever`` is the engine; the other names are the values it takes and returns. Importing this package
loads no heavy library: those come with the first call that needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retriever.context.excerpt import Excerpt
from retriever.context.options import ContextOptions
from retriever.context.values import Context, Turn
from retriever.errors import RetrieverError
from retriever.hits import CitedDocument, CitedPassage, Contribution, Duplicate, Hit, SearchResponse
from retriever.options import SearchOptions
from retriever.reports import (
    AddReport,
    Facet,
    FacetValue,
    FileChange,
    IndexedDocument,
    IndexStatistics,
    Notice,
    Problem,
    Progress,
    RemoveReport,
    SkippedSource,
    SourceStatistics,
    SyncReport,
)
from retriever.types import Document, Duplicates, Heading, Mode, Neighbour, Source, Span

if TYPE_CHECKING:
    from retriever.async_retriever import AsyncRetriever
    from retriever.citations import Aside, CitationChecker, CitationReport, Claim, Support, check_citations
    from retriever.corpus_map.corpus_map import CorpusMap
    from retriever.corpus_map.values import MapCluster, MapLink, MapPoint
    from retriever.engine import Retriever, verify_index
    from retriever.evaluation import (
        Comparison,
        Estimate,
        Evaluation,
        QuerySet,
        Question,
        QuestionResult,
        Relevant,
        compare,
        evaluate,
        read_queries,
    )
    from retriever.group import RetrieverGroup
    from retriever.maintenance import (
        CompactReport,
        DeleteReport,
        Generation,
        RepairReport,
        TransferReport,
        compact_index,
        delete_index,
        export_index,
        import_index,
        index_history,
        repair_index,
        rollback_index,
    )
    from retriever.models import (
        BatchEncoder,
        Encoder,
        IndexingEncoder,
        ModelDescription,
        ModelInfo,
        Reranker,
        TokenEncoder,
        Tokenizer,
        TokenVectors,
        export_model,
        list_models,
        load_model,
        prepare_model,
    )
    from retriever.models.embedding_model import EmbeddingModel

__all__ = [
    "AddReport",
    "Aside",
    "AsyncRetriever",
    "BatchEncoder",
    "CitationChecker",
    "CitationReport",
    "CitedDocument",
    "CitedPassage",
    "Claim",
    "CompactReport",
    "Comparison",
    "Context",
    "ContextOptions",
    "Contribution",
    "CorpusMap",
    "DeleteReport",
    "Document",
    "Duplicate",
    "Duplicates",
    "EmbeddingModel",
    "Encoder",
    "Estimate",
    "Evaluation",
    "Excerpt",
    "Facet",
    "FacetValue",
    "FileChange",
    "Generation",
    "Heading",
    "Hit",
    "IndexStatistics",
    "IndexedDocument",
    "IndexingEncoder",
    "MapCluster",
    "MapLink",
    "MapPoint",
    "Mode",
    "ModelDescription",
    "ModelInfo",
    "Neighbour",
    "Notice",
    "Problem",
    "Progress",
    "QuerySet",
    "Question",
    "QuestionResult",
    "Relevant",
    "RemoveReport",
    "RepairReport",
    "Reranker",
    "Retriever",
    "RetrieverError",
    "RetrieverGroup",
    "SearchOptions",
    "SearchResponse",
    "SkippedSource",
    "Source",
    "SourceStatistics",
    "Span",
    "Support",
    "SyncReport",
    "TokenEncoder",
    "TokenVectors",
    "Tokenizer",
    "TransferReport",
    "Turn",
    "__version__",
    "check_citations",
    "compact_index",
    "compare",
    "delete_index",
    "evaluate",
    "export_index",
    "export_model",
    "import_index",
    "index_history",
    "list_models",
    "load_model",
    "prepare_model",
    "read_queries",
    "repair_index",
    "rollback_index",
    "verify_index",
]
__version__ = "0.1.0"


_CITATIONS = ("Aside", "CitationChecker", "CitationReport", "Claim", "Support", "check_citations")
_ENGINE = ("Retriever", "verify_index")
_EVALUATION = (
    "Comparison",
    "Estimate",
    "Evaluation",
    "QuerySet",
    "Question",
    "QuestionResult",
    "Relevant",
    "compare",
    "evaluate",
    "read_queries",
)
_MAP = ("MapCluster", "MapLink", "MapPoint")
_MODELS = (
    "BatchEncoder",
    "Encoder",
    "IndexingEncoder",
    "ModelDescription",
    "ModelInfo",
    "Reranker",
    "TokenEncoder",
    "TokenVectors",
    "Tokenizer",
    "export_model",
    "list_models",
    "load_model",
    "prepare_model",
)
_MAINTENANCE = (
    "CompactReport",
    "DeleteReport",
    "Generation",
    "RepairReport",
    "TransferReport",
    "compact_index",
    "delete_index",
    "export_index",
    "import_index",
    "index_history",
    "repair_index",
    "rollback_index",
)


def __getattr__(name: str) -> Any:
    if name in _ENGINE:
        from retriever.locks import WORK

        with WORK.hold():
            from retriever import engine

        return getattr(engine, name)
    if name == "AsyncRetriever":
        from retriever.locks import WORK

        with WORK.hold():
            from retriever.async_retriever import AsyncRetriever

        return AsyncRetriever
    if name == "RetrieverGroup":
        from retriever.group import RetrieverGroup

        return RetrieverGroup
    if name in _CITATIONS:
        from retriever import citations

        return getattr(citations, name)
    if name in _EVALUATION:
        from retriever import evaluation

        return getattr(evaluation, name)
    if name == "CorpusMap":
        from retriever.corpus_map.corpus_map import CorpusMap

        return CorpusMap
    if name in _MAP:
        from retriever.corpus_map import values

        return getattr(values, name)
    if name in _MODELS:
        from retriever import models

        return getattr(models, name)
    if name == "EmbeddingModel":  # by itself, because it needs numpy and the others do not
        from retriever.models.embedding_model import EmbeddingModel

        return EmbeddingModel
    if name in _MAINTENANCE:
        from retriever import maintenance

        return getattr(maintenance, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
