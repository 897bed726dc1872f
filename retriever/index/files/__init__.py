"""Durable writes, read errors and arrays: what every engine that stores files needs."""
