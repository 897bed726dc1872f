"""Reads presentations: .pptx and its relatives, .ppt and .odp. A slide is a page, its title a heading."""

from retriever.documents.slides.odp import read_odp
from retriever.documents.slides.ppt import read_ppt
from retriever.documents.slides.pptx import read_pptx

__all__ = ["read_odp", "read_ppt", "read_pptx"]
