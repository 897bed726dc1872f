"""The clock by which readers and writers of an index judge each other: that of the server.

Clocks of machines may differ by more than an old generation is kept, so none of them is compared with another.
"""

from __future__ import annotations

import time

# A time of the server counts milliseconds since 1970 above so many bits, which tell writes of one millisecond apart.
_LOGICAL_BITS = 18


def read_seconds(stamp: int) -> int:
    """Seconds since 1970 of a time of the server.

    Where it tells none, as milvus-lite, which serves one machine, they are those of this machine.
    """
    return (stamp >> _LOGICAL_BITS) // 1000 or int(time.time())
