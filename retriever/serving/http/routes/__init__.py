"""The endpoints by subject."""
