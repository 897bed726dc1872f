"""The libraries of the extra ``map``, imported on use."""

from __future__ import annotations

from types import ModuleType

from retriever.errors import MissingExtraError, install_command


def import_sklearn() -> ModuleType:
    """scikit-learn. Raises MissingExtraError without it."""
    try:
        import sklearn
    except ImportError as error:
        raise MissingExtraError(
            "a map needs scikit-learn, which is not installed", hint=install_command("map")
        ) from error
    return sklearn  # type: ignore[no-any-return]


def import_pillow() -> ModuleType:
    """Pillow. Raises MissingExtraError without it."""
    try:
        import PIL
    except ImportError as error:
        raise MissingExtraError(
            "a PNG of a map needs Pillow, which is not installed", hint=install_command("map")
        ) from error
    return PIL
