"""The places of a passage's tokens in a byte each, and which tokens share a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

# The bits of a token's byte: a sentence begins here; its vector is that of an earlier token; characters since the token
# before; its length. The largest gap says that gap and length follow as whole numbers.
_NEW_SENTENCE, _SHARED, _GAP, _LENGTH = 0x80, 0x40, 4, 0x0F
_ESCAPED = 3
_MAYBE = _ESCAPED << _GAP
_LARGEST = (1 << 15) - 1
_HEADER = np.dtype("<u2")
_COUNTS = 3
# Bytes of an escaped place.
_WIDE = 4


@dataclass(frozen=True, slots=True)
class TokenPlaces:
    """Where tokens are, and whose vector each has.

    ``spans`` are characters of the text, int32 [tokens, 2]; ``owners`` is the number of each token's vector, numbered
    in the order of their first tokens, and ``sentences`` that of its sentence, ascending: intp [tokens].
    """

    spans: npt.NDArray[np.int32]
    owners: npt.NDArray[np.intp]
    sentences: npt.NDArray[np.intp]

    def pack(self) -> bytes:
        """The places as bytes.

        The layout: the numbers of tokens, of vectors and of escaped places (uint16); a byte for each token; the number
        of the vector of each token that shares one (uint8 for up to 256 vectors, else uint16); gap and length of each
        escaped place (int16).
        """
        gaps = self.spans[:, 0] - np.concatenate(([0], self.spans[:-1, 1]))
        lengths = self.spans[:, 1] - self.spans[:, 0]
        seen = np.maximum.accumulate(np.concatenate(([-1], self.owners)))[:-1]
        shared = self.owners <= seen
        escaped = (gaps < 0) | (gaps >= _ESCAPED) | (lengths < 0) | (lengths > _LENGTH)
        bits = np.where(escaped, _ESCAPED << _GAP, (gaps << _GAP) | lengths)
        bits |= np.where(np.diff(self.sentences, prepend=-1) != 0, _NEW_SENTENCE, 0) | np.where(shared, _SHARED, 0)
        vectors = int(self.owners.max(initial=-1)) + 1
        wide = np.clip(np.stack([gaps, lengths], axis=1)[escaped], -_LARGEST, _LARGEST)
        return b"".join(
            (
                np.array([len(bits), vectors, np.count_nonzero(escaped)], _HEADER).tobytes(),
                bits.astype(np.uint8).tobytes(),
                self.owners[shared].astype(_number_type(vectors)).tobytes(),
                wide.astype("<i2").tobytes(),
            )
        )

    @classmethod
    def unpack(cls, data: bytes) -> tuple[TokenPlaces, int, int]:
        """The places that ``data`` begins with, the number of vectors, and where the places end.

        Raises ValueError for what ``pack`` cannot have made.
        """
        at = _COUNTS * _HEADER.itemsize
        tokens, vectors, escapes = np.frombuffer(data, _HEADER, _COUNTS).tolist()
        bits = np.frombuffer(data, np.uint8, tokens, at).astype(np.intp)
        at += tokens
        shared = bits & _SHARED != 0
        escaped = bits >> _GAP & _ESCAPED == _ESCAPED
        kind = _number_type(vectors)
        numbers = np.frombuffer(data, kind, np.count_nonzero(shared), at)
        at += numbers.nbytes
        wide = np.frombuffer(data, "<i2", 2 * escapes, at).reshape(-1, 2)
        at += wide.nbytes
        if np.count_nonzero(escaped) != escapes or tokens - len(numbers) != vectors:
            raise ValueError("the numbers of tokens differ")
        owners = np.cumsum(~shared) - 1
        if (numbers > owners[shared]).any():
            raise ValueError("a token has the vector of a later one")
        owners[shared] = numbers
        return cls(_read_spans(bits, wide)[0], owners, np.cumsum(bits >= _NEW_SENTENCE)), vectors, at


@dataclass(frozen=True, slots=True)
class Joined:
    """The tokens of several passages one behind another, and what follows the places of each.

    - ``tokens``, ``vectors``: how many each passage has: intp [passages]
    - ``owners``: the number of each token's vector among all: intp [tokens of all]
    - ``begins``: whether a sentence begins with a token, which the first of a passage always does: bool
    - ``rest``: the bytes behind the places of each passage
    - ``bits``: the byte of each token; ``wide``: gap and length of escaped ones: int16 [escaped, 2]
    """

    tokens: npt.NDArray[np.intp]
    vectors: npt.NDArray[np.intp]
    owners: npt.NDArray[np.intp]
    begins: npt.NDArray[np.bool_]
    rest: Sequence[bytes]
    bits: npt.NDArray[np.uint8]
    wide: npt.NDArray[np.int16]

    @property
    def parts(self) -> list[slice]:
        """The tokens of each passage among all."""
        sizes, ends = self.tokens.tolist(), np.cumsum(self.tokens).tolist()
        return [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]

    @property
    def spans(self) -> npt.NDArray[np.int32]:
        """The characters of each token in its passage: int32 [tokens of all, 2]."""
        spans, sums = _read_spans(self.bits, self.wide)
        before = np.concatenate(([0], sums))[np.cumsum(self.tokens) - self.tokens]
        result: npt.NDArray[np.int32] = spans - np.repeat(before, self.tokens)[:, None].astype(np.int32)
        return result


def join_places(data: Sequence[bytes]) -> Joined:
    """What ``unpack`` tells of each passage apart from spans, for all of them at once, in a fraction of the time.

    Raises ValueError for what ``pack`` cannot have made.
    """
    at = _COUNTS * _HEADER.itemsize
    if min(map(len, data)) < at:
        raise ValueError("a passage has no places")
    counts = np.frombuffer(b"".join([one[:at] for one in data]), _HEADER).reshape(-1, _COUNTS).astype(np.intp)
    tokens, vectors, escapes = counts.T
    bits = np.frombuffer(b"".join([one[at : at + size] for one, size in zip(data, tokens.tolist(), strict=True)]), "u1")
    if len(bits) != tokens.sum():
        raise ValueError("a passage has fewer places than tokens")
    ends = np.cumsum(tokens)
    shared = bits & _SHARED != 0
    repeated = _count_within(shared, ends)
    if (tokens - repeated != vectors).any() or (_count_within(bits & _MAYBE == _MAYBE, ends) != escapes).any():
        raise ValueError("the numbers of tokens differ")
    numbers, wides, rest = [], [], []
    for one, size, same, total, escaped in zip(
        data, tokens.tolist(), repeated.tolist(), vectors.tolist(), escapes.tolist(), strict=True
    ):
        own = np.frombuffer(one, _number_type(total), same, at + size)
        end = at + size + own.nbytes
        numbers.append(own)
        wides.append(one[end : end + _WIDE * escaped])
        rest.append(one[end + _WIDE * escaped :])
    owners = np.cumsum(~shared) - 1
    chosen = np.concatenate(numbers) + np.repeat(np.cumsum(vectors) - vectors, repeated)
    if (chosen > owners[shared]).any():
        raise ValueError("a token has the vector of a later one")
    owners[shared] = chosen
    begins = bits >= _NEW_SENTENCE
    begins[(ends - tokens)[tokens > 0]] = True
    wide = np.frombuffer(b"".join(wides), "<i2").reshape(-1, 2)
    if len(wide) != escapes.sum():
        raise ValueError("a place is cut off")
    return Joined(tokens, vectors, owners, begins, rest, bits, wide)


def _read_spans(
    bits: npt.NDArray[np.integer], wide: npt.NDArray[np.int16]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.intp]]:
    """The characters of each token from its byte, int32 [tokens, 2], and where each ends: intp [tokens]."""
    places = np.stack([bits >> _GAP & _ESCAPED, bits & _LENGTH], axis=1).astype(np.intp)
    places[places[:, 0] == _ESCAPED] = wide
    ends = np.cumsum(places.sum(axis=1))
    return np.stack([ends - places[:, 1], ends], axis=1).astype(np.int32), ends


def _count_within(flags: npt.NDArray[np.bool_], ends: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """How many flags are set in each part of which ``ends`` has the end: intp [parts]."""
    sums = np.concatenate(([0], np.cumsum(flags)))[ends]
    result: npt.NDArray[np.intp] = np.diff(sums, prepend=0)
    return result


def _number_type(vectors: int) -> np.dtype[np.unsignedinteger]:
    return np.dtype(np.uint8) if vectors <= 1 << 8 else np.dtype("<u2")
