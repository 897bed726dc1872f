"""Care for an index as a whole: its history, compaction, repair, and moving it as one file."""

from __future__ import annotations

from retriever.index.history import Generation
from retriever.upkeep.compact import CompactReport, compact_index
from retriever.upkeep.generations import index_history, rollback_index
from retriever.upkeep.repair import RepairReport, repair_index
from retriever.upkeep.transfer import ExportFormat, TransferReport, export_index, import_index

__all__ = [
    "CompactReport",
    "ExportFormat",
    "Generation",
    "RepairReport",
    "TransferReport",
    "compact_index",
    "export_index",
    "import_index",
    "index_history",
    "repair_index",
    "rollback_index",
]
