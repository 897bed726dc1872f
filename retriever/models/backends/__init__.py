"""The runtimes that run a model, each behind the same protocols."""
