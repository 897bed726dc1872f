"""What an index was built with, as every engine keeps it: the index's fingerprint, part by part.

An index is searched only with a model that matches them, and written only with a model and a chunker that do. Every
version of the analyzer stays: an index is searched with its own, and the next sync analyses it anew. Nothing here reads
or writes files.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import TYPE_CHECKING, Any

from retriever.errors import FingerprintMismatchError, IndexCorruptError, advise_rebuild
from retriever.frozen import dataclass
from retriever.models.loading import OBJECT
from retriever.text.analyzer import ANALYZER_VERSION, find_analyzer

if TYPE_CHECKING:
    from retriever.chunking.settings import ChunkSettings
    from retriever.models.embedding_model import EmbeddingModel


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """The settings of one index.

    - ``model``: the name or absolute folder that the model is loaded from; ``model_name``: its name for people
    - ``dimension``: of the vectors
    - ``encoder``, ``centering``, ``chunker``, ``analyzer``: fingerprints of the parts that decide vectors and terms
    - ``passage_tokens``: the target length of a passage in tokens
    - ``baseline``: the model's scores for unrelated texts: mean and standard deviation of the similarity of passage
      vectors, then of late interaction
    - ``tokens``: the encoding of the stored token vectors, "" where none are stored
    """

    model: str
    model_name: str
    dimension: int
    encoder: str
    centering: str
    chunker: str
    analyzer: str
    passage_tokens: int
    baseline: tuple[float, float, float, float]
    tokens: str = ""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> IndexSettings:
        """The settings from the result of ``to_dict``, also that of an older version.

        Raises IndexCorruptError for a missing setting or one of the wrong type.
        """
        try:
            values = {_RENAMED.get(name, name): value for name, value in values.items()}
            known = {
                field.name: values[field.name]
                for field in fields(cls)
                if field.default is MISSING or field.name in values
            }
            baseline = tuple(float(value) for value in known["baseline"])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise IndexCorruptError(f"the index's settings cannot be read: {error!r}", hint=advise_rebuild()) from error
        for name, value in known.items():
            expected = int if name in ("dimension", "passage_tokens") else str
            fits = type(value) is expected and (not isinstance(value, int) or 0 <= value <= _LARGEST)
            if name != "baseline" and not fits:
                raise IndexCorruptError(f"the index's setting {name!r} is {repr(value)[:60]}", hint=advise_rebuild())
        if len(baseline) != 4 or not all(map(math.isfinite, baseline)) or not baseline[1] > 0 <= baseline[3]:
            raise IndexCorruptError(f"the index's setting 'baseline' is {repr(baseline)[:60]}", hint=advise_rebuild())
        return cls(**{**known, "baseline": baseline})

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return asdict(self)

    def require_known_analyzer(self, location: object) -> None:
        """Raise FingerprintMismatchError if a later version analysed the index; that of every earlier one is known."""
        if find_analyzer(self.analyzer) is None:
            raise FingerprintMismatchError(
                f"the index {location} was built with another analyzer: {self.analyzer} there, {ANALYZER_VERSION} here",
                hint=f"update retriever to the version that wrote it; or {advise_rebuild(location)}",
            )

    def require(self, location: object, parts: Mapping[str, str]) -> None:
        """Raise FingerprintMismatchError unless ``parts`` (see ``fingerprints``) are those the index was built with."""
        for part, here in parts.items():
            there = getattr(self, part)
            if there != here:
                raise FingerprintMismatchError(
                    f"the index {location} was built with another {FINGERPRINTS[part]}: {there} there, {here} here",
                    hint=f"{advise_rebuild(location)}{self._suggest_model(part, parts)}",
                )

    def _suggest_model(self, part: str, parts: Mapping[str, str]) -> str:
        """What else to do where another model is the reason that a part differs."""
        if part != "chunker" and self.model.startswith(OBJECT):
            return f"; or pass the model object that it was built with: {self.model.removeprefix(OBJECT)}"
        if part != "model_name":
            return ""
        if _is_renamed(self.encoder, parts["encoder"]):
            return f"; or give the model's folder its former name, {self.model_name}, and nothing is embedded again"
        return f"; or use the model that it was built with: {self.model}"


def fingerprints(*, model: EmbeddingModel | None = None, chunking: ChunkSettings | None = None) -> dict[str, str]:
    """The fingerprints of the given parts, by the names of the fields of ``IndexSettings`` that record them."""
    parts: dict[str, str] = {}
    if model is not None:
        parts["model_name"] = model.description.name
        parts["encoder"] = model.description.fingerprint
        parts["centering"] = model.centering.fingerprint
    if chunking is not None:
        parts["chunker"] = chunking.fingerprint
    return parts


def _is_renamed(there: str, here: str) -> bool:
    """Whether two fingerprints of models differ in nothing but the name that they begin with."""
    return there != here and there.partition("|")[2] == here.partition("|")[2]


# Neither a dimension nor a passage is larger.
_LARGEST = 1 << 20
# Names of settings before format 3.
_RENAMED = {"balance": "centering", "background": "baseline"}

# The parts that have to match, and how error messages name them.
FINGERPRINTS = {
    "model_name": "model",
    "encoder": "model's weights, prefixes or length",
    "centering": "language centering",
    "chunker": "chunker or passage length",
}
