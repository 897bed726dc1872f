"""An index in the local format on an object store: read through a folder that mirrors it, and published to it."""
