"""How to sync."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from retriever.arguments import require_count, require_flag, require_one_of, require_seconds, require_text
from retriever.types import DEFAULT_MAX_FILE_SIZE, WaitFor

WORKERS = "ray://HOST:10001, ray:auto or ray:local"
"""The clusters that can embed."""


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How to sync; see ``Retriever.sync``.

    ``reread`` says whether files are read again that have not changed where an encoding is given, ``wait`` is how many
    seconds to wait while another process writes. ``wait_for`` is what the index has to have at the end: its words, or
    all. ``workers`` names the cluster that embeds.
    """

    rebuild: bool = False
    encoding: str | None = None
    max_file_size: int | None = DEFAULT_MAX_FILE_SIZE
    passage_tokens: int | None = None
    token_vectors: bool | None = None
    prune: bool = False
    checksum: bool = False
    dry_run: bool = False
    wait: float = 0.0
    follow: bool = False
    allow_empty: bool = False
    reread: bool = True
    wait_for: WaitFor = "all"
    workers: str | None = None

    def __post_init__(self) -> None:
        for name in ("rebuild", "prune", "checksum", "dry_run", "follow", "allow_empty"):
            require_flag(name, getattr(self, name))
        require_flag("token_vectors", self.token_vectors, optional=True)
        require_text("workers", self.workers, optional=True, hint=f"give {WORKERS}")
        require_text("encoding", self.encoding, optional=True, hint='such as: encoding="gb18030"')
        require_count("max_file_size", self.max_file_size, at_least=1, optional=True)
        require_count("passage_tokens", self.passage_tokens, at_least=1, optional=True)
        # A dry run waits for nobody, and is refused where the run would be.
        require_seconds(self.wait)
        require_one_of("wait_for", self.wait_for, get_args(WaitFor))
