"""Models of the hub: a cached model is used without asking the hub, which is contacted only for what is missing.

Asking first, as the libraries do, takes minutes where there is no network, and a model that changed on the hub would
no longer be the one that an index was built with. What is missing is asked for once, briefly, before the libraries are
imported and try again and again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from retriever.errors import ModelError
from retriever.models.backends.failures import describe

Model = TypeVar("Model")

# The file that says what a model is made of. Without it a model is taken for a plain transformer; so as long as it is
# not known whether there is one, what else is there of the model is not used.
_PARTS = "modules.json"
_SETTINGS = "config.json"
# Seconds that the hub has to answer whether it knows a model.
_PATIENCE = 5.0


def from_folder_or_hub(import_class: Callable[[], Callable[..., Model]], name_or_path: str | Path) -> Model:
    """What the imported class gives for a name or folder, without the network where that is possible.

    ``import_class`` returns what is called with the name and ``local_files_only``; importing it takes seconds.
    Raises ModelError when the hub has no such model or does not answer, else what the class does.
    """
    name = str(name_or_path)
    if os.path.isdir(name):
        if not any(os.path.exists(os.path.join(name, file)) for file in (_PARTS, _SETTINGS)):
            raise ModelError(
                f"cannot load the model {name}: its folder has neither {_PARTS} nor {_SETTINGS}",
                hint="name the folder that has the files of a model",
            )
        return import_class()(name, local_files_only=True)
    if _is_cached(name):
        # Not all of it may be there, after a download that was interrupted.
        with suppress(OSError, ValueError):
            return import_class()(name, local_files_only=True)
    _ask_hub(name)
    return import_class()(name, local_files_only=False)


def _ask_hub(name: str) -> None:
    """Raise ModelError where the hub does not know the model, or does not answer and nothing of it is on this disk."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, RepositoryNotFoundError

    try:
        HfApi().model_info(name, timeout=_PATIENCE)
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelError(
            f"cannot load the model {name}: it is neither a folder nor a model of the hub that you may read",
            hint="check the name; `retriever models` lists what is known to work (in Python: list_models)",
        ) from error
    except HfHubHTTPError:
        # A mirror may serve files of models and nothing else.
        return
    except Exception as error:  # the errors of the library's HTTP client, which it has changed before
        if _is_cached(name, _SETTINGS):
            return
        raise ModelError(
            f"cannot load the model {name}: it was not fetched before, and the hub does not answer: {describe(error)}",
            hint="check the name and the network, or name a folder that holds the model",
        ) from error


def _is_cached(name: str, file: str = _PARTS) -> bool:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        # Not None also where it is known that the model has no such file.
        return try_to_load_from_cache(name, file) is not None
    except HFValidationError:
        return False
