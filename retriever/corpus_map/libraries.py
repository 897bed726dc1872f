"""Refuses a map without the libraries of the extra ``map``."""

from __future__ import annotations

from retriever.errors import MissingExtraError, install_command


def require_sklearn() -> None:
    """Import scikit-learn. Raises MissingExtraError without it."""
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            "a map needs scikit-learn, which is not installed", hint=install_command("map")
        ) from error


def require_pillow() -> None:
    """Import Pillow. Raises MissingExtraError without it."""
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            "a PNG of a map needs Pillow, which is not installed", hint=install_command("map")
        ) from error
