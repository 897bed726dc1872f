"""Builds OLE files from scratch: Outlook messages, of streams and storages."""

from __future__ import annotations

import struct

Tree = dict[str, "bytes | Tree"]
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
NONE = 0xFFFFFFFF
SECTOR, MINI = 512, 64


def make_ole(tree: Tree) -> bytes:
    """An OLE file with these streams; one of 4,096 bytes and more has sectors of its own."""
    entries: list[tuple[str, int, int, int, int, int]] = [("Root Entry", 5, NONE, NONE, END, 0)]
    sectors: list[bytes] = []
    chains: list[int] = []
    mini = bytearray()
    mini_chains: list[int] = []

    def store(data: bytes) -> int:
        first = len(sectors)
        pieces = [data[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(data), SECTOR)]
        sectors.extend(pieces)
        chains.extend([*range(first + 1, first + len(pieces)), END])
        return first

    def store_small(data: bytes) -> int:
        first = len(mini_chains)
        count = -(-len(data) // MINI)
        mini.extend(data.ljust(count * MINI, b"\0"))
        mini_chains.extend([*range(first + 1, first + count), END])
        return first

    def add(nodes: Tree) -> int:
        """Add the entries of a storage, each the right neighbour of the one before; return the first."""
        first = len(entries)
        names = sorted(nodes, key=lambda name: (len(name), name.upper()))
        entries.extend(("", 0, NONE, NONE, 0, 0) for _ in names)
        for number, name in enumerate(names):
            node = nodes[name]
            right = first + number + 1 if number + 1 < len(names) else NONE
            if isinstance(node, dict):
                entries[first + number] = (name, 1, right, add(node), 0, 0)
            elif not node:
                entries[first + number] = (name, 2, right, NONE, END, 0)
            else:
                start = store(node) if len(node) >= 4096 else store_small(node)
                entries[first + number] = (name, 2, right, NONE, start, len(node))
        return first if names else NONE

    child = add(tree)
    root_start = store(bytes(mini)) if mini else END
    entries[0] = ("Root Entry", 5, NONE, child, root_start, len(mini))
    mini_fat = struct.pack(f"<{len(mini_chains)}I", *mini_chains)
    mini_fat = mini_fat.ljust(-(-len(mini_fat) // SECTOR) * SECTOR, b"\xff")
    mini_start = store(mini_fat) if mini_fat else END
    directory = b"".join(_entry(*entry) for entry in entries)
    directory_start = store(directory)
    fats = -(-(len(sectors) + 8) // 128)
    table = [*chains, *([FAT] * fats)]
    packed = struct.pack(f"<{len(table)}I", *table).ljust(fats * SECTOR, b"\xff")
    places = [len(sectors) + number for number in range(fats)]
    header = struct.pack("<8s16sHHHHH6s", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"")
    mini_count = len(mini_fat) // SECTOR
    header += struct.pack("<10I", 0, fats, directory_start, 0, 4096, mini_start, mini_count, END, 0, places[0])
    header += struct.pack("<108I", *[*places[1:], *[FREE] * (109 - len(places))])
    return header + b"".join(sectors) + packed


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    data = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ", data, len(data) + 2, kind, 1, NONE, right, child, b"", 0, 0, 0, start, size
    )


def make_properties(head: int, **numbers: int) -> bytes:
    """The stream of properties of fixed size: numbers (``n3FDE=936``) and times (``t0039=…``)."""
    data = bytes(head)
    for name, value in numbers.items():
        kind = 0x0040 if name[0] == "t" else 0x0003
        data += struct.pack("<HHIQ", kind, int(name[1:], 16), 6, value)
    return data


def make_msg(
    texts: dict[int, str | bytes], *, attachments: list[Tree] | None = None, head: int = 32, **numbers: int
) -> Tree:
    """The streams of an Outlook message: properties that are text or bytes, and attachments."""
    tree: Tree = {"__properties_version1.0": make_properties(head, **numbers)}
    for number, value in texts.items():
        kind = 0x001F if isinstance(value, str) else 0x0102
        tree[f"__substg1.0_{number:04X}{kind:04X}"] = value.encode("utf-16-le") if isinstance(value, str) else value
    for number, attachment in enumerate(attachments or []):
        tree[f"__attach_version1.0_#{number:08X}"] = attachment
    return tree
