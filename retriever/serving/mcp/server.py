"""The MCP server: hands requests to tools, resources and prompts in threads, and turns errors into results.

Nothing here searches. Calls block, so each runs in a thread of a small pool; a cancelled call is left to end by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from mcp import MCPError, types
from mcp.server import Server, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult

from retriever import __version__
from retriever.errors import RetrieverError
from retriever.serving.mcp.arguments import Budgeted, describe_arguments, parse_arguments
from retriever.serving.mcp.errors import describe_error
from retriever.serving.mcp.indexes import ServedIndexes
from retriever.serving.mcp.instructions import write_instructions
from retriever.serving.mcp.resources import (
    DOCUMENT_TEMPLATE,
    PASSAGE_TEMPLATE,
    list_documents,
    read_resource,
)
from retriever.serving.mcp.tool import Answer, Tool
from retriever.serving.mcp.tools import TOOLS

NAME = "retriever"
TITLE = "Retriever: search your documents"
# How many calls run at a time; searches use the cores by themselves.
_THREADS = 4
_PROGRESS_SECONDS = 1.0
_SURROGATE = re.compile("[\ud800-\udfff]")

Context = ServerRequestContext[Any, Any]
ResultT = TypeVar("ResultT")


def make_server(indexes: ServedIndexes, *, max_tokens: int) -> Server[Any]:
    """A server over some indexes, of which no result has more than ``max_tokens``."""
    handlers = _Handlers(indexes, max_tokens)
    server = Server(
        NAME,
        version=__version__,
        title=TITLE,
        instructions=write_instructions(indexes.names),
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
    )
    server.middleware.append(handlers.warm_afterwards)
    return server


class _Handlers:
    """The requests of the protocol."""

    def __init__(self, indexes: ServedIndexes, max_tokens: int) -> None:
        self._indexes = indexes
        self._max_tokens = max_tokens
        self._tools = {tool.name: tool for tool in TOOLS}
        self._threads = anyio.CapacityLimiter(_THREADS)

    async def warm_afterwards(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Answer the first request before anything is loaded: clients wait for it with a short limit."""
        result = await call_next(ctx)
        if ctx.request_id is not None:
            self._indexes.warm()
        return result

    async def list_tools(self, context: Context, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_describe_tool(tool) for tool in TOOLS])

    async def call_tool(self, context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = self._tools.get(params.name)
        if tool is None:
            names = ", ".join(self._tools)
            raise MCPError(types.INVALID_PARAMS, f"unknown tool {params.name[:100]!r}; the tools are {names}")
        try:
            answer = await self._run(context, partial(self._answer, tool, params.arguments or {}), tool.needs_model)
        except Exception as error:
            return types.CallToolResult(content=[_text(describe_error(error, self._indexes.names))], is_error=True)
        values = _replace_surrogates(answer.values)
        return types.CallToolResult(content=[_text(answer.text)], structured_content=values)

    def _answer(self, tool: Tool[Any], values: dict[str, Any]) -> Answer:
        arguments: Budgeted = parse_arguments(tool.name, tool.arguments, values)
        if arguments.max_tokens > self._max_tokens:
            arguments = arguments.model_copy(update={"max_tokens": self._max_tokens})
        return tool.run(self._indexes, arguments)

    async def list_resources(self, context: Context, params: Any) -> types.ListResourcesResult:
        cursor = params.cursor if params else None
        page, following = await self._read(context, partial(list_documents, self._indexes, cursor))
        resources = [
            types.Resource(uri=item.uri, mime_type="text/markdown", **_replace_surrogates(item.describe()))
            for item in page
        ]
        return types.ListResourcesResult(resources=resources, next_cursor=following)

    async def list_templates(self, context: Context, params: Any) -> types.ListResourceTemplatesResult:
        described = (
            (DOCUMENT_TEMPLATE, "document", "A document", "The text of a document, from a passage on, in parts."),
            (PASSAGE_TEMPLATE, "passage", "A passage", "A passage by its id."),
        )
        templates = [
            types.ResourceTemplate(
                uri_template=uri, name=name, title=title, description=description, mime_type="text/markdown"
            )
            for uri, name, title, description in described
        ]
        return types.ListResourceTemplatesResult(resource_templates=templates)

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(params.uri)
        text = await self._read(context, partial(read_resource, self._indexes, uri, self._max_tokens))
        text = _replace_surrogates(text)
        content = types.TextResourceContents(uri=params.uri, text=text, mime_type="text/markdown")
        return types.ReadResourceResult(contents=[content])

    async def _read(self, context: Context, function: Callable[[], ResultT]) -> ResultT:
        """Run what has no result for errors: they become errors of the protocol."""
        try:
            return await self._run(context, function, needs_model=False)
        except RetrieverError as error:
            raise MCPError(types.INVALID_PARAMS, _replace_surrogates(describe_error(error))) from error
        except Exception as error:
            raise MCPError(types.INTERNAL_ERROR, describe_error(error)) from error

    async def _run(self, context: Context, function: Callable[[], ResultT], needs_model: bool) -> ResultT:
        """Run a blocking function in a thread; report progress while it waits for the model."""
        if not needs_model or self._indexes.is_warm:
            return await self._run_in_thread(function)
        outcome: ResultT
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._report_loading, context)
            try:
                outcome = await self._run_in_thread(function)
            except Exception as error:  # raised below: the group would wrap it
                failure = error
            tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure
        return outcome

    async def _run_in_thread(self, function: Callable[[], ResultT]) -> ResultT:
        return await anyio.to_thread.run_sync(function, abandon_on_cancel=True, limiter=self._threads)

    async def _report_loading(self, context: Context) -> None:
        seconds = 0.0
        while not self._indexes.is_warm:
            await context.session.report_progress(seconds, message="loading the model")
            await anyio.sleep(_PROGRESS_SECONDS)
            seconds += _PROGRESS_SECONDS


def _describe_tool(tool: Tool[Any]) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=describe_arguments(tool.arguments),
        output_schema=tool.schema,
        annotations=types.ToolAnnotations(
            title=tool.title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _text(text: str) -> types.TextContent:
    return types.TextContent(type="text", text=_replace_surrogates(text))


def _replace_surrogates(value: Any) -> Any:
    """A JSON value in which U+FFFD stands for halves of characters: an index may hold them, the protocol cannot."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_replace_surrogates(key): _replace_surrogates(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replace_surrogates(item) for item in value]
    return value
