"""``python -m retriever_cli``, the same as ``retriever``."""

from retriever_cli.main import main

main()
