"""The description of the server for programs: what FastAPI derives, with the refusals as they really are."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

# FastAPI's own form of a refusal, which is not sent: a request that is wrong gets 400.
UNUSED_STATUS, UNUSED_SCHEMAS = "422", ("HTTPValidationError", "ValidationError")
SCHEME = {"type": "http", "scheme": "bearer", "description": "Needed where the server has tokens."}
OPEN = ("/health", "/openapi.json")


def describe_truly(app: FastAPI, *, with_tokens: bool) -> None:
    """Have the application describe itself so."""
    derive = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _correct(derive(), with_tokens=with_tokens)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _correct(schema: dict[str, Any], *, with_tokens: bool) -> dict[str, Any]:
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            operation["responses"].pop(UNUSED_STATUS, None)
            if with_tokens and path not in OPEN:
                operation["security"] = [{"token": []}]
    components = schema.setdefault("components", {})
    for name in UNUSED_SCHEMAS:
        components.get("schemas", {}).pop(name, None)
    if with_tokens:
        components["securitySchemes"] = {"token": SCHEME}
    return schema
