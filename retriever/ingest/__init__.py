"""From sources on disk to the next generation of an index: scan, compare, read, embed, commit."""
