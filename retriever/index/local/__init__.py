"""The local engine: an index in one folder that any number of processes read while one writes."""
