"""The command line of Retriever: arguments in, public API called, answers rendered. No retrieval happens here."""
