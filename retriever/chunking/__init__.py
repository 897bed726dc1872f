"""Splits documents into passages: finds the outline and the title, splits paragraphs, packs them to size.

Nothing here reads files, embeds or stores. The model is known only as a callable that tokenises a text.
"""
