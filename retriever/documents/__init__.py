"""From files to documents: encodings, and one reader a format.

``read_file`` is the way in. Nothing here splits text, writes anything or keeps anything between two files.
"""

from __future__ import annotations

from retriever.documents.formats import is_supported
from retriever.documents.interface import Report
from retriever.documents.read import read_file

__all__ = ["Report", "is_supported", "read_file"]
