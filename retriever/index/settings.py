"""What an index was built with, as its manifest keeps it: the index's fingerprint, part by part.

Two indexes may be searched alike only where these agree. Nothing here reads or writes files.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

from retriever.errors import FingerprintMismatchError, IndexCorruptError


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """``model`` is what loads the model again (a name or an absolute folder), ``model_name`` what people call it.

    ``encoder``, ``balance``, ``chunker`` and ``analyzer`` are fingerprints; ``passage_tokens`` is the length that
    passages are packed to. ``background`` says what the model gives unrelated texts: mean and deviation
    of whole vectors' similarity and of late interaction's. ``tokens`` names the form in which the index keeps token
    vectors, "" where it keeps none.
    """

    model: str
    model_name: str
    dimension: int
    encoder: str
    balance: str
    chunker: str
    analyzer: str
    passage_tokens: int
    background: tuple[float, float, float, float]
    tokens: str = ""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> IndexSettings:
        """Read them from a manifest. Raises IndexCorruptError where one is missing."""
        try:
            values = {
                field.name: settings[field.name]
                for field in fields(cls)
                if field.default is MISSING or field.name in settings
            }
        except KeyError as error:
            raise IndexCorruptError(
                f"the index's manifest lacks the setting {error}",
                hint="build it anew: retriever index SOURCE... --rebuild",
            ) from error
        return cls(**{**values, "background": tuple(values["background"])})

    @classmethod
    def told(cls, settings: Mapping[str, Any]) -> IndexSettings | None:
        """As ``of``; None where there are none, or not all."""
        with suppress(IndexCorruptError):
            return cls.of(settings)
        return None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def require(self, where: object, wanted: Mapping[str, str]) -> None:
        """Raise FingerprintMismatchError where the index ``where`` was built with other than the ``wanted`` parts."""
        for part, here in wanted.items():
            there = getattr(self, part)
            if there != here:
                raise FingerprintMismatchError(
                    f"the index {where} was built with another {FINGERPRINTS[part]}: {there} there, {here} here",
                    hint=f"build it anew: retriever index SOURCE... --index {where} --rebuild; "
                    f"or use the model that it was built with: {self.model}",
                )


# The parts that have to agree, and what to call them.
FINGERPRINTS = {
    "model_name": "model",
    "encoder": "model's weights, prefixes or length",
    "balance": "language balance",
    "chunker": "chunker or passage length",
    "analyzer": "analyzer",
}
