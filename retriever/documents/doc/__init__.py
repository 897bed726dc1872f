"""Reads DOC, the documents of Word 97 to 2003 and before, and of WPS (.wps), which writes the same."""

from retriever.documents.doc.read import read_doc

__all__ = ["read_doc"]
