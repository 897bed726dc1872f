"""Checks which excerpts support what an answer claims: by quotation, by figures and names, and by meaning.

Nothing here searches, asks a language model, or knows of indexes.
"""

from retriever.citations.checker import CitationChecker, check_citations
from retriever.citations.values import Aside, CitationReport, Claim, Support

__all__ = ["Aside", "CitationChecker", "CitationReport", "Claim", "Support", "check_citations"]
