"""Reads files into documents: detects encodings, and has one reader for each format.

``read_file`` is the entry point. Nothing here splits text, writes files or keeps state between files.
"""

from __future__ import annotations

from retriever.documents.formats import is_supported
from retriever.documents.interface import Report
from retriever.documents.read import read_file

__all__ = ["Report", "is_supported", "read_file"]
