"""Servers: Retriever behind HTTP and behind the Model Context Protocol. Each uses the public names of ``retriever``."""
