"""Export and import: writes an index to one file that other programs can read, and creates an index from such a file.

Both stream documents, so memory does not grow with the corpus. The file and the index are created completely or not at
all.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from retriever.arguments import require_flag, require_one_of
from retriever.errors import IndexCorruptError, ModelError, ReadError, UsageError
from retriever.index import is_uri, open_index
from retriever.index.cache.access import IndexCache
from retriever.index.files.access import opened
from retriever.index.files.create import PRIVATE_FILE, writing_aside
from retriever.index.files.durable import writing
from retriever.index.interface import Addition, Changes, split_additions
from retriever.index.settings import IndexSettings
from retriever.index.terms import analyse
from retriever.maintenance import json_lines, parquet, parquet_process
from retriever.maintenance.exchange import Exported, Header, damage_error
from retriever.maintenance.reembed import Reembedder, batch_by_passages
from retriever.models import load
from retriever.models.named import bundled_name
from retriever.paths import absolute_path
from retriever.system import sync_file, sync_folder
from retriever.text.analyzer import ANALYZER_VERSION

if TYPE_CHECKING:
    from retriever.index.interface import Index, Snapshot
    from retriever.models.embedding_model import EmbeddingModel

ExportFormat = Literal["jsonl", "parquet"]


@dataclass(frozen=True, slots=True)
class TransferReport:
    """What was exported or imported; ``generation`` is that of the index.

    ``embedded`` and ``reused`` count passages that an import embedded, and those whose vectors came from the cache;
    ``pending`` those whose vectors are still to come.
    """

    path: str
    index: str
    generation: int
    documents: int
    passages: int
    vectors: bool
    bytes: int
    embedded: int = 0
    reused: int = 0
    pending: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {name: getattr(self, name) for name in self.__slots__}


def export_index(
    location: str | Path,
    file: str | Path,
    *,
    format: ExportFormat | None = None,
    vectors: bool = True,
    overwrite: bool = False,
) -> TransferReport:
    """Write the newest generation of the index at ``location``, of any engine, to one file.

    The file contains documents, passages, metadata, settings, sources and, with ``vectors``, vectors. ``format`` is
    ``jsonl`` or ``parquet``, by default Parquet for a name that ends with ``.parquet``. The file is created when it is
    complete; an existing one is replaced only with ``overwrite``.

    Raises UsageError if the file exists, is not a regular file or lies in the index, for a missing folder and an
    unknown format, MissingExtraError if Parquet needs pyarrow, IndexWriteError, and as ``Retriever.open``.
    """
    target = absolute_path(file)
    if format is not None:
        require_one_of("format", format, get_args(ExportFormat))
    require_flag("vectors", vectors)
    require_flag("overwrite", overwrite)
    with writing(target):
        real = _resolve_target(target, overwrite=overwrite)
    index = open_index(location)
    try:
        if index.folder and Path(os.path.realpath(index.folder)) in real.parents:
            raise UsageError(f"{target} lies in the index", hint="name a file outside of the index")
        form = parquet if (format or _format_of(target)) == "parquet" else json_lines
        with index.reading() as snapshot:
            settings = snapshot.settings
            header = Header(
                settings=settings.to_dict() if settings else {},
                dimension=settings.dimension if settings else 0,
                vectors=vectors,
                tokens=vectors and settings is not None and bool(settings.tokens),
                sources=snapshot.sources,
            )
            with writing(target), _write_aside(real) as aside:
                form.write(aside, header, _documents(snapshot, header))
            return TransferReport(
                path=str(target),
                index=index.location,
                generation=snapshot.generation,
                documents=snapshot.documents,
                passages=snapshot.passages,
                vectors=vectors,
                bytes=real.stat().st_size,
                pending=snapshot.pending,
            )
    finally:
        index.close()


def _resolve_target(target: Path, *, overwrite: bool) -> Path:
    """The file to write; a link is followed. Raises UsageError for a missing folder and a file that has to stay."""
    real = Path(os.path.realpath(target))
    if not real.parent.is_dir():
        raise UsageError(f"there is no folder {str(real.parent)!r}", hint="create it first")
    if real.exists():
        if not real.is_file():
            raise UsageError(f"{target} is not a regular file", hint="name a file")
        if not overwrite:
            hint = "name another file, or overwrite it with --force (in Python: overwrite=True)"
            raise UsageError(f"{target} already exists", hint=hint)
    return real


_ELSEWHERE = "import into another one: --index NEW (in Python: location)"


def import_index(location: str | Path, file: str | Path, *, model: str | Path | None = None) -> TransferReport:
    """Create an index at ``location``, of any engine, from an exported file in JSON Lines or Parquet.

    It gives the same results as the exported index, score for score. If the file has no vectors, they are computed by
    the model that the exported index was built with. Unless that is the bundled one, it has to be named: ``model``.
    On any error no index is left.

    Raises UsageError if an index exists there or the file does not, ReadError for a file that is damaged or not an
    export, MissingExtraError, FingerprintMismatchError if vectors would have to be computed by another model or
    version, ModelError, IndexWriteError.
    """

    def load_named(name: str) -> EmbeddingModel:
        if model is not None or bundled_name(name):
            return load(model)
        raise ModelError(
            f"{file} says that its model is {name!r}, which has to compute its vectors",
            hint=f"if you trust that model, name it: import_index(…, model={name!r}), "
            f"or in a shell: retriever import FILE --model {shlex.quote(name)}",
        )

    return import_with(location, absolute_path(file), load_named)


def import_with(location: str | Path, file: Path, load_model: Callable[[str], EmbeddingModel]) -> TransferReport:
    """As ``import_index``; ``load_model`` loads a model by name where one is needed."""
    folder = None if is_uri(location) else absolute_path(location)
    _require_order(folder, file)
    existed = folder is not None and _check_folder(folder)
    try:
        with opened(Path(os.path.realpath(file))) as handle:
            form = parquet_process if os.read(handle, 4) == b"PAR1" else json_lines
        header, documents = form.read(Path(os.path.realpath(file)))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}", hint="check the path") from error
    index = open_index(location, create=True)
    cache = IndexCache(index)
    begun = False
    try:
        with index.writing():
            _require_empty(index)
            begun = True
            return _import(index, cache, file, header, documents, load_model)
    except BaseException:
        cache.close()
        index.close()
        if folder is not None and begun:
            shutil.rmtree(folder, ignore_errors=True)
            if existed:
                folder.mkdir(exist_ok=True)
        raise
    finally:
        cache.close()
        index.close()


def _require_order(folder: Path | None, file: Path) -> None:
    """Raise UsageError where an export and a location that is none were given in the places of each other."""
    if folder is not None and os.path.isfile(folder) and not os.path.isfile(file):
        raise UsageError(
            f"{folder} is a file, and not the place of an index",
            hint="retriever import FILE --index NEW (in Python: import_index(NEW, FILE), the new index first)",
        )


def _check_folder(folder: Path) -> bool:
    """Whether the folder exists. Raises UsageError for one that is not empty, and for a file."""
    with writing(folder):
        there = folder.exists()
        if there and not folder.is_dir():
            raise UsageError(
                f"{folder} is not a folder", hint="import into a new one: --index NEW (in Python: location)"
            )
        if there and any(folder.iterdir()):
            if (folder / "CURRENT").exists():
                raise UsageError(f"an index already exists at {folder}", hint=_ELSEWHERE)
            raise UsageError(
                f"{folder} is not empty", hint="import into another folder: --index NEW (in Python: location)"
            )
    return there


def _require_empty(index: Index) -> None:
    with index.reading() as snapshot:
        if snapshot.settings is not None or snapshot.documents:
            raise UsageError(f"an index already exists at {index.location}", hint=_ELSEWHERE)


def _import(
    index: Index,
    cache: IndexCache,
    file: Path,
    header: Header,
    documents: Iterator[Exported],
    load_model: Callable[[str], EmbeddingModel],
) -> TransferReport:
    settings, reembedder = None, None
    if header.settings:
        # The postings are written now, with the analyzer of this version.
        try:
            settings = replace(IndexSettings.from_dict(header.settings), analyzer=ANALYZER_VERSION)
        except IndexCorruptError as error:
            raise damage_error(file, str(error)) from error
        reembedder = Reembedder(index.location, settings, cache.open(), load_model)
    changes = Changes([], _additions(header, documents, reembedder), settings, header.sources)
    try:
        generation = index.commit(changes)
    except ValueError as error:
        raise damage_error(file, str(error)) from error
    with index.reading() as snapshot:
        return TransferReport(
            path=str(file),
            index=index.location,
            generation=generation,
            documents=snapshot.documents,
            passages=snapshot.passages,
            vectors=header.vectors,
            bytes=file.stat().st_size,
            embedded=reembedder.embedded if reembedder else 0,
            reused=reembedder.reused if reembedder else 0,
            pending=snapshot.pending,
        )


def _additions(header: Header, documents: Iterator[Exported], reembedder: Reembedder | None) -> Iterator[Addition]:
    for group in batch_by_passages(documents, lambda item: len(item.passages)):
        items = [(item.document, item.passages) for item in group]
        if header.vectors or reembedder is None:
            for item in group:
                if item.vectors is None or (reembedder is None and item.passages and not item.vectors.size):
                    raise ReadError("the file has documents without vectors, and no settings to compute them with")
                terms = analyse(item.document, item.passages)
                yield Addition(item.document, item.passages, item.vectors, terms, item.tokens)
            continue
        analysed = [(document, passages, analyse(document, passages)) for document, passages in items]
        yield from split_additions(analysed, reembedder.embed(items), reembedder.embed_tokens(items))


def _documents(snapshot: Snapshot, header: Header) -> Iterator[Exported]:
    for addition in snapshot.additions():
        vectors = addition.vectors if header.vectors else None
        yield Exported(addition.document, addition.passages, vectors, addition.tokens if header.tokens else ())


def _format_of(path: Path) -> ExportFormat:
    return "parquet" if path.suffix.lower() == ".parquet" else "jsonl"


@contextmanager
def _write_aside(target: Path) -> Iterator[Path]:
    """A temporary file beside ``target``, which replaces it once it is complete and durable. Raises OSError.

    It has the permissions of the file that it replaces; a new one is its user's own, as an index is.
    """
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else PRIVATE_FILE
    with writing_aside(target.with_name(f".{target.name}"), mode) as (aside, handle):
        yield aside
        sync_file(handle)
        aside.replace(target)
        sync_folder(target.parent)
