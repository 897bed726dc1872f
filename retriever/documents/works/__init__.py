"""Reads the text documents of Microsoft Works (.wps), which are not those that WPS writes under the same extension."""

from retriever.documents.works.read import read_works

__all__ = ["read_works"]
