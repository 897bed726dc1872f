"""The tools, one a file, in the order in which they are listed."""

from __future__ import annotations

from typing import Any

from retriever.serving.mcp.tool import Tool
from retriever.serving.mcp.tools.context import CONTEXT
from retriever.serving.mcp.tools.documents import LIST_DOCUMENTS
from retriever.serving.mcp.tools.passage import OPEN_PASSAGE
from retriever.serving.mcp.tools.search import SEARCH
from retriever.serving.mcp.tools.status import STATUS

TOOLS: tuple[Tool[Any], ...] = (SEARCH, CONTEXT, OPEN_PASSAGE, LIST_DOCUMENTS, STATUS)
