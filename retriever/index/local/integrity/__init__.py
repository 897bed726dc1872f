"""Whether the files of an index are what was written, and what to do where they are not."""
