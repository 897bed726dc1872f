"""Builds a context of a question: the best passages, packed into a budget of tokens, with numbered citations."""
