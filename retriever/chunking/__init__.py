"""From a document to its passages: the outline of its text, its title, and the cutting and packing.

Nothing here reads files, embeds or stores; the model takes part only as a callable that finds its tokens.
"""
