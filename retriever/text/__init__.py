"""Text processing: folding, sentences, scripts, languages, dates and lexical terms.

Everything here is a pure function of its text. Nothing here reads documents or knows about passages or indexes.
"""
