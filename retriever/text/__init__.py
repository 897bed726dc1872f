"""Words about words: folding, sentences, scripts, languages and lexical terms.

Everything here is a pure function of its text. Nothing here reads files or knows of passages or indexes.
"""
