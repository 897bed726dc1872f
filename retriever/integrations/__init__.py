"""Adapters to frameworks: LangChain, LlamaIndex, Haystack. Each is imported by itself and needs its own extra."""
