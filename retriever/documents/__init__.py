"""Reads files into documents: detects encodings, and has one reader for each format.

``IsolatedReader`` reads many files in a process of their own, ``read_file`` one in this process. Nothing here splits
text, writes files or keeps state between files.
"""

from __future__ import annotations

from retriever.documents.formats import is_supported
from retriever.documents.interface import Report
from retriever.documents.isolated import IsolatedReader
from retriever.documents.left_behind import is_left_behind
from retriever.documents.protocol import ReadRequest
from retriever.documents.read import describe_error, read_file

__all__ = ["IsolatedReader", "ReadRequest", "Report", "describe_error", "is_left_behind", "is_supported", "read_file"]
