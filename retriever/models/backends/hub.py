"""Models of the hub: a cached model is used without asking the hub, which is contacted only for what is missing.

Asking first, as the libraries do, takes minutes where there is no network, and a model that changed on the hub would
no longer be the one that an index was built with.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

Model = TypeVar("Model")

# The file that says what a model is made of. Without it a model is taken for a plain transformer; so as long as it is
# not known whether there is one, what else is there of the model is not used.
_PARTS = "modules.json"


def from_folder_or_hub(load: Callable[..., Model], name_or_path: str | Path) -> Model:
    """What ``load(name or folder, local_files_only=...)`` gives, without the network where that is possible.

    Raises what ``load`` does.
    """
    name = str(name_or_path)
    if os.path.isdir(name):
        return load(name, local_files_only=True)
    if _is_cached(name):
        # Not all of it may be there, after a download that was interrupted.
        with suppress(OSError, ValueError):
            return load(name, local_files_only=True)
    return load(name, local_files_only=False)


def _is_cached(name: str) -> bool:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        # Not None also where it is known that the model has no such file.
        return try_to_load_from_cache(name, _PARTS) is not None
    except HFValidationError:
        return False
