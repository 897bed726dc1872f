"""Filters over documents: grammar, values, fields, and the evaluator that defines what matches."""
