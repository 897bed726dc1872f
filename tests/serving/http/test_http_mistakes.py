"""However many mistakes a request has, few are told: a million would take gigabytes, and the server with them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from retriever.serving.http.schemas import models, requests

BODIES = [
    kind
    for module in (requests, models)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, requests.Strict) and kind is not requests.Strict
]
LENIENT: list[type[BaseModel]] = [models.RerankRequest]
FIELDS = [(kind, name) for kind in (*BODIES, *LENIENT) for name in kind.model_fields]
MANY = 20_000
WRONG: dict[str, Any] = {
    "numbers": [1] * MANY,
    "nothings": [None] * MANY,
    "empty objects": [{}] * MANY,
    "objects with unknown fields": [dict.fromkeys(map(str, range(MANY)))],
    "lists": [[1] * MANY],
    "one object": dict.fromkeys(map(str, range(MANY))),
}


def count_mistakes(kind: type[BaseModel], body: dict[str, Any]) -> int:
    try:
        kind.model_validate(body)
    except ValidationError as error:
        return error.error_count()
    return 0


def test_the_bodies_of_requests_are_found() -> None:
    assert {"SearchRequest", "CheckRequest", "AddRequest", "EmbeddingsRequest"} <= {kind.__name__ for kind in BODIES}


@pytest.mark.parametrize("kind", BODIES, ids=lambda kind: kind.__name__)
def test_unknown_fields_are_one_mistake(kind: type[requests.Strict]) -> None:
    assert count_mistakes(kind, dict.fromkeys(map(str, range(MANY)), 1)) == 1


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=[f"{kind.__name__}.{field}" for kind, field in FIELDS])
def test_a_field_has_few_mistakes(kind: type[BaseModel], field: str, value: Any) -> None:
    assert count_mistakes(kind, {field: value}) < 20
