"""From a document to its passages: the outline of its text, its title, and the cutting and packing.

Nothing here reads files, embeds or stores; the model takes part only as a callable that finds its tokens.
"""

from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.chunking.title import title_of

__all__ = ["ChunkSettings", "chunk", "embedding_text", "title_of"]
