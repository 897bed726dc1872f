"""Reads spreadsheets: .xlsx and its relatives, .xls and .ods. Each row becomes a line with the heads of its columns."""

from retriever.documents.spreadsheets.ods import read_ods
from retriever.documents.spreadsheets.xls import read_xls
from retriever.documents.spreadsheets.xlsx import read_xlsx

__all__ = ["read_ods", "read_xls", "read_xlsx"]
