"""What a file of postings says of its sizes ends in an error for the user, never in the end of the process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_process import run

from retriever.index.local.stores.columns_check import check_columns, is_form_known
from retriever.index.local.stores.posting_files import OWNER, ROW

# Every place of a small file holds a huge number once. Memory is limited, as it is everywhere in the end.
ALTERED = """
import resource
from retriever.errors import IndexCorruptError
from retriever.index.local.stores.posting_files import SegmentPostings
from retriever.index.local.stores.postings import LexicalReader, LexicalWriter

writer = LexicalWriter(root / "s", "s")
for terms in (["tea"], ["sky"], ["tea", "sky"]):
    writer.add(terms)
writer.finish()
postings = SegmentPostings(root / "s", tuple(sorted(os.listdir(root / "s"))), 3, "s", 0)

def search():
    reader = LexicalReader([postings])
    return sorted(reader.search({"tea": 1.0}, 5, None).refs.tolist())

assert search() == [0, 2]
size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
resource.setrlimit(resource.RLIMIT_AS, (size + (1 << 30),) * 2)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where tantivy tells of a panic
refused = 0
[file] = (root / "s").glob(f"*.{KIND}")
whole = file.read_bytes()
end = whole.index(b'{"version"')
for at in range(max(0, end - 80), end - 3):
    for number in (0x30000000, 0x7FFFFFFF):
        aside = root / "aside"
        aside.write_bytes(whole[:at] + number.to_bytes(4, "little") + whole[at + 4 :])
        aside.replace(file)  # What is mapped stays as it is.
        try:
            assert search() in ([0, 2], [])
        except IndexCorruptError:
            refused += 1
tell(refused)
"""


@pytest.mark.parametrize("kind", ["store", "fast"])
def test_a_size_that_is_huge(tmp_path: Path, kind: str) -> None:
    code, out, err = run(f"KIND = {kind!r}\n{ALTERED}", tmp_path)
    assert code == 0, err
    # No document is ever read from the store, so it is not looked at.
    assert (int(out) > 0) == (kind == "fast")


def _write(folder: Path, owner: int, rows: Sequence[int]) -> Path:
    """The file of columns that tantivy writes of these numbers."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(ROW, stored=False, indexed=True, fast=True)
    builder.add_unsigned_field(OWNER, stored=False, indexed=False, fast=True)
    index = tantivy.Index(builder.build(), path=str(folder))
    writer = index.writer(16 << 20, 1)
    for row in rows:
        document = tantivy.Document()
        document.add_unsigned(ROW, row)
        document.add_unsigned(OWNER, owner)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    [file] = folder.glob("*.fast")
    return file


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**64 - 1),
    st.one_of(
        st.integers(1, 3000).map(range), st.lists(st.integers(0, 2**40), min_size=1, max_size=3000), st.just([5] * 700)
    ),
)
def test_all_that_tantivy_writes_passes(
    tmp_path_factory: pytest.TempPathFactory, owner: int, rows: Sequence[int]
) -> None:
    file = _write(tmp_path_factory.mktemp("columns"), owner, rows)
    assert is_form_known()
    check_columns(file, len(rows))
    for wrong in (len(rows) - 1, len(rows) + 1):
        with pytest.raises(ValueError, match="column"):
            check_columns(file, wrong)


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    file = _write(tmp_path, 7, range(300))
    data = file.read_bytes()
    for length in range(len(data)):
        file.write_bytes(data[:length])
        with pytest.raises(ValueError, match=r"column|empty file"):
            check_columns(file, 300)
