"""What all answers share. The values come from ``to_dict`` of the public types; these describe them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Closed(BaseModel):
    """An object without further fields."""

    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Closed):
    """What is wrong, and what to do. ``position`` is the place of a mistake in a filter."""

    type: str
    message: str
    hint: str
    position: int | None = None


class ErrorAnswer(Closed):
    """An answer to a request that was refused."""

    error: ErrorDetail
