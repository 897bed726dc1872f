"""Filters over documents: grammar, values, fields, and the evaluator that defines what matches."""

from __future__ import annotations

from retriever.filters.facets import count_values
from retriever.filters.fields import describe
from retriever.filters.filter import Filter

__all__ = ["Filter", "count_values", "describe"]
