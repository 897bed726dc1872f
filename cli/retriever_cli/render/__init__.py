"""The formats of results: text, Markdown, JSON and pictures."""
