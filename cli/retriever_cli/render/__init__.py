"""How results look on standard output: text, Markdown, JSON and pictures."""
