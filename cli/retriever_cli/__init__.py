"""The command line of Retriever: it parses arguments, calls the public API and prints the results."""
