"""Whole files of formats that hold others or are marked up as text, and words of these formats for mutations."""

from __future__ import annotations

import io
import tarfile
import zipfile


def make_zip(files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive with these files, each by its path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return buffer.getvalue()


def make_tar(files: dict[str, str | bytes], *entries: tarfile.TarInfo) -> bytes:
    """A TAR archive with ``entries`` and these files, each by its path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as package:
        for entry in entries:
            package.addfile(entry)
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            package.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


FILES: dict[str, str | bytes] = {
    "a.txt": "坚持稳中求进。" * 9,
    "b/c.md": "# Title\n\nwords",
    "d.jsonl": '{"id": 1, "text": "x"}\n',
}
WHOLE_FILES: dict[str, bytes] = {
    "a.zip": make_zip(FILES),
    "a.tar": make_tar(FILES),
}
WORDS_OF_FORMATS: dict[str, tuple[bytes, ...]] = {
    ".zip": (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"../", b"/", b"\0\0\0\0", b"\xff\xff\xff\xff", b"a.txt"),
    ".tar": (b"ustar", bytes(512), b"../", b"0000644", b"00000000000", b"a.txt", b"L", b"x", b"30 path=a\n"),
}
