"""Maintenance of an index: history and rollback, compaction, repair, deletion, export, import and copies."""

from __future__ import annotations

from retriever.index.local.history import Generation
from retriever.maintenance.compact import CompactReport, compact_index
from retriever.maintenance.copy import CopyReport, copy_index
from retriever.maintenance.delete import DeleteReport, delete_index
from retriever.maintenance.generations import index_history, rollback_index
from retriever.maintenance.repair import RepairReport, repair_index
from retriever.maintenance.transfer import ExportFormat, TransferReport, export_index, import_index

__all__ = [
    "CompactReport",
    "CopyReport",
    "DeleteReport",
    "ExportFormat",
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
]
