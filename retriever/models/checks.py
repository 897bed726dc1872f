"""Checks an object that was handed in as a model: what it offers, and what it returns.

Such an object is a stranger. A mistake in it becomes an error that names it, never a wrong or broken index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from retriever.errors import ModelError, RetrieverError, UsageError
from retriever.locks import WORK
from retriever.models.interface import ModelDescription, TokenVectors
from retriever.signals import raise_of_signal

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

Result = TypeVar("Result")

# The members of the capabilities that ``interface`` describes.
ENCODER = ("description", "encode_queries", "encode_passages")
TOKEN_ENCODER = ("encode_query_tokens", "encode_passage_tokens")
PASSAGE_ENCODER = (*TOKEN_ENCODER, "encode_passages_with_tokens")
TOKENIZER = ("passage_limit", "token_spans")
_DOCUMENTED = "docs/api.md says what such an object must have"
# The embedding cache and the index keep vectors in half precision.
_LARGEST = float(np.finfo(np.float16).max)
# Lengths that differ less than this from 1 come from rounding.
_ROUNDING = 1e-5


def offers(model: object, *members: str) -> bool:
    """Whether an object has all these members; one that is None counts as missing."""
    return all(_has(model, name) for name in members)


def _has(model: object, name: str) -> bool:
    try:
        return getattr(model, name) is not None
    except AttributeError:
        return False
    except Exception:  # a property that fails is there, and fails again where it is needed
        return True


def check_encoder(encoder: object) -> None:
    """Raise UsageError where an object lacks a member of ``Encoder``, or half of a capability; also for a class."""
    _require_object(encoder, "model")
    kind = type(encoder).__name__
    missing = [name for name in ENCODER if not _has(encoder, name)]
    if missing:
        raise UsageError(
            f"the object {kind!r} cannot be used as a model: it has no {', '.join(missing)}", hint=_DOCUMENTED
        )
    for pair in (TOKEN_ENCODER, TOKENIZER):
        offered = [name for name in pair if _has(encoder, name)]
        if len(offered) == 1:
            [other] = set(pair) - set(offered)
            raise UsageError(
                f"the object {kind!r} cannot be used as a model: it has {offered[0]}, but no {other}", hint=_DOCUMENTED
            )


def _require_object(given: object, role: str) -> None:
    if isinstance(given, type):
        raise UsageError(
            f"the class {given.__name__!r} cannot be used as a {role}",
            hint=f"pass an object of it: {role}={given.__name__}(...)",
        )


def check_description(encoder: object, description: object) -> ModelDescription:
    """``description``. Raises UsageError where it is not the description of a model."""
    kind = type(encoder).__name__
    if not isinstance(description, ModelDescription):
        raise UsageError(f"the description of the object {kind!r} is not a ModelDescription", hint=_DOCUMENTED)
    if not description.name:
        raise UsageError(f"the description of the object {kind!r} has no name", hint=_DOCUMENTED)
    for name in ("dimension", "max_tokens"):
        value = getattr(description, name)
        if not isinstance(value, int) or value < 1:
            raise UsageError(f"the description of the object {kind!r} has the {name} {value!r}", hint=_DOCUMENTED)
    return description


def check_reranker(reranker: object) -> None:
    """Raise UsageError where an object lacks the member of ``Reranker``; also for a class."""
    _require_object(reranker, "reranker")
    if not offers(reranker, "scores"):
        kind = type(reranker).__name__
        raise UsageError(f"the object {kind!r} cannot be used as a reranker: it has no scores", hint=_DOCUMENTED)


def call(name: str, function: Callable[..., Result], *arguments: object) -> Result:
    """What ``function``, a method of the model ``name``, returns.

    Raises ModelError for whatever it raises, but passes on what a signal handler raises.
    """
    try:
        return WORK.outside(function, *arguments)
    except RetrieverError:
        raise
    except Exception as error:  # it may raise anything
        raise_of_signal(error)
        message = str(error).strip().partition("\n")[0]
        kind = type(error).__name__
        # The message of a KeyError is a key, that of others may be no sentence either.
        reason = message if " " in message else f"{kind}: {message}".removesuffix(": ")
        raise ModelError(
            f"the model {name!r} failed: {reason}",
            hint="check the model and run the same again; what was embedded so far is kept",
        ) from error


def check_vectors(description: ModelDescription, vectors: object, count: int) -> Vectors:
    """Vectors of ``count`` texts as float32 [count, dimension], of unit length where the model normalises.

    Raises ModelError for another shape and for numbers that are not finite or too large for half precision.
    """
    name = description.name
    checked = _floats(name, vectors, (count, description.dimension))
    if not description.normalise:
        return checked
    lengths = np.linalg.norm(checked, axis=1, keepdims=True)
    # A vector of zeros has no direction; it is like nothing.
    off = (abs(lengths - 1) > _ROUNDING) & (lengths > 0)
    return np.where(off, checked / np.maximum(lengths, 1e-12), checked).astype(np.float32) if off.any() else checked


def check_token_vectors(description: ModelDescription, tokens: object, text: str) -> TokenVectors:
    """The token vectors of ``text``, float32 [tokens, dimension] with their spans. Raises ModelError."""
    if not isinstance(tokens, TokenVectors):
        raise ModelError(f"the model {description.name!r} returned a {type(tokens).__name__}, not TokenVectors")
    spans = check_spans(description.name, tokens.spans, text)
    return TokenVectors(_floats(description.name, tokens.vectors, (len(spans), description.dimension)), spans)


def check_spans(name: str, spans: object, text: str) -> npt.NDArray[np.int32]:
    """The spans of the tokens of ``text`` as int32 [tokens, 2]. Raises ModelError."""
    try:
        array = np.asarray(spans)
    except ValueError as error:
        raise ModelError(f"the model {name!r} returned token spans of different lengths") from error
    if not array.size:
        return np.zeros((0, 2), np.int32)
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise ModelError(
            f"the model {name!r} returned token spans of shape {list(array.shape)} and type {array.dtype}, "
            "not integers of shape [tokens, 2]"
        )
    starts, ends = array[:, 0], array[:, 1]
    if starts.min() < 0 or ends.max() > len(text) or (starts > ends).any() or (starts[1:] < starts[:-1]).any():
        raise ModelError(f"the model {name!r} returned token spans that are out of order or outside the text")
    return array.astype(np.int32)


def check_list(name: str, results: Sequence[Any], count: int) -> Sequence[Any]:
    """``results``, one for each of ``count`` texts. Raises ModelError for another number of them."""
    if len(results) != count:
        raise ModelError(f"the model {name!r} returned {len(results)} results for {count} texts")
    return results


def check_pair(name: str, results: object) -> tuple[Any, Any]:
    """``results``, vectors and token vectors. Raises ModelError for anything else than two values."""
    if not isinstance(results, tuple) or len(results) != 2:
        raise ModelError(f"the model {name!r} returned no pair of vectors and token vectors")
    return results


def check_scores(name: str, scores: object, count: int) -> list[float]:
    """The scores of a reranker as numbers of 0 to 1. Raises ModelError."""
    checked = _floats(name, scores, (count,))
    if checked.size and (checked.min() < 0 or checked.max() > 1):
        worst = float(checked[np.argmax(abs(checked - 0.5))])
        raise ModelError(
            f"the reranker {name!r} returned the score {worst:g}, which is not in 0 to 1",
            hint="scores of any range become such by the logistic function",
        )
    return [float(score) for score in np.asarray(scores, np.float64)]


def _floats(name: str, values: object, shape: tuple[int, ...]) -> Vectors:
    try:
        array = np.asarray(values, np.float32)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"the model {name!r} returned something that is not an array of numbers: {error}") from error
    if array.size == 0 and 0 in shape:
        return np.zeros(shape, np.float32)
    if array.shape != shape:
        raise ModelError(f"the model {name!r} returned numbers of shape {list(array.shape)}, not {list(shape)}")
    # Not a number compares as false, so that it fails as well.
    if not (abs(array) <= _LARGEST).all():
        raise ModelError(f"the model {name!r} returned numbers that are not finite or larger than {_LARGEST:g}")
    return array
