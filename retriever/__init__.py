"""Retriever: local-first, multilingual semantic search with exact citations.

``Retriever`` is the engine; the other names are the values it takes and returns. Importing this package
loads no heavy library: those come with the first call that needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retriever.context.excerpt import Excerpt
from retriever.context.options import ContextOptions
from retriever.context.tokens import load_tokenizer
from retriever.context.values import Context, Turn
from retriever.errors import RetrieverError
from retriever.hits import (
    LIKELY,
    UNLIKELY,
    CitedDocument,
    CitedPassage,
    Contribution,
    Duplicate,
    Hit,
    OriginalFile,
    SearchResponse,
)
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
from retriever.types import Document, Duplicates, Heading, Mode, Neighbour, Place, Source, Span, WaitFor
from retriever.version import __version__

if TYPE_CHECKING:
    from retriever.async_retriever import AsyncRetriever
    from retriever.citations import Aside, CitationChecker, CitationReport, Claim, Support, check_citations
    from retriever.corpus_map.corpus_map import CorpusMap
    from retriever.corpus_map.values import MapCluster, MapLink, MapPoint
    from retriever.documents.members import read_member
    from retriever.engine import Retriever, verify_index
    from retriever.evaluation import (
        Answerability,
        Comparison,
        Estimate,
        Evaluation,
        Failure,
        FirstHit,
        QuerySet,
        Question,
        QuestionResult,
        Relevant,
        ScoreBin,
        ThresholdRates,
        compare,
        evaluate,
        read_queries,
    )
    from retriever.group import RetrieverGroup
    from retriever.maintenance import (
        CompactReport,
        CopyReport,
        DeleteReport,
        Generation,
        RepairReport,
        TransferReport,
        compact_index,
        copy_index,
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
        PassageEncoder,
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
    from retriever.pool import RetrieverPool

__all__ = [
    "LIKELY",
    "UNLIKELY",
    "AddReport",
    "Answerability",
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
    "CopyReport",
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
    "Failure",
    "FileChange",
    "FirstHit",
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
    "OriginalFile",
    "PassageEncoder",
    "Place",
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
    "RetrieverPool",
    "ScoreBin",
    "SearchOptions",
    "SearchResponse",
    "SkippedSource",
    "Source",
    "SourceStatistics",
    "Span",
    "Support",
    "SyncReport",
    "ThresholdRates",
    "TokenEncoder",
    "TokenVectors",
    "Tokenizer",
    "TransferReport",
    "Turn",
    "WaitFor",
    "__version__",
    "check_citations",
    "compact_index",
    "compare",
    "copy_index",
    "delete_index",
    "evaluate",
    "export_index",
    "export_model",
    "import_index",
    "index_history",
    "list_models",
    "load_model",
    "load_tokenizer",
    "prepare_model",
    "read_member",
    "read_queries",
    "repair_index",
    "rollback_index",
    "verify_index",
]

_CITATIONS = ("Aside", "CitationChecker", "CitationReport", "Claim", "Support", "check_citations")
_ENGINE = ("Retriever", "verify_index")
_EVALUATION = (
    "Answerability",
    "Comparison",
    "Estimate",
    "Evaluation",
    "Failure",
    "FirstHit",
    "QuerySet",
    "Question",
    "QuestionResult",
    "Relevant",
    "ScoreBin",
    "ThresholdRates",
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
    "PassageEncoder",
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
    "CopyReport",
    "DeleteReport",
    "Generation",
    "RepairReport",
    "TransferReport",
    "compact_index",
    "copy_index",
    "delete_index",
    "export_index",
    "import_index",
    "index_history",
    "repair_index",
    "rollback_index",
)


# Where each name comes from that takes a while to import; the rest is imported above. ``EmbeddingModel`` is by itself,
# because it needs numpy and the other names of models do not.
_MODULES = {
    **dict.fromkeys(_CITATIONS, "citations"),
    **dict.fromkeys(_ENGINE, "engine"),
    **dict.fromkeys(_EVALUATION, "evaluation"),
    **dict.fromkeys(_MAINTENANCE, "maintenance"),
    **dict.fromkeys(_MAP, "corpus_map.values"),
    **dict.fromkeys(_MODELS, "models"),
    "AsyncRetriever": "async_retriever",
    "CorpusMap": "corpus_map.corpus_map",
    "EmbeddingModel": "models.embedding_model",
    "RetrieverGroup": "group",
    "RetrieverPool": "pool",
    "read_member": "documents.members",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    from retriever.locks import WORK

    with WORK.hold():
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
