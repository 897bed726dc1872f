"""What programs and systems leave beside documents, in folders as well as in archives of them."""

from __future__ import annotations

import re

# Locks of open documents (Office, LibreOffice), copies of editors, unfinished downloads, thumbnails, settings and
# recycle bins of Windows, resource forks and settings of macOS, and thumbnails of network storage.
LEFT_BEHIND = re.compile(
    r"""~\$.* | \.~lock\..*\# | ~WRL\d+\.tmp
    | .*~ | \#.*\# | .*\.sw[op] | .*\.(?:part|crdownload|tmp)
    | (?:eh)?thumbs(?:_vista)?\.db | desktop\.ini | \$RECYCLE\.BIN | System\ Volume\ Information | lost\+found
    | \._.* | \.DS_Store | __MACOSX | Icon\r | @eaDir""",
    re.IGNORECASE | re.VERBOSE,
)


def is_left_behind(name: str) -> bool:
    """Whether a file or folder of this name is what a program left beside documents, and no document itself."""
    return LEFT_BEHIND.fullmatch(name) is not None
