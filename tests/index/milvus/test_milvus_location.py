"""What a location in Milvus may look like, and that no secret is taken from it or shown."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from index_corpus import changes
from milvus_server import lite_server

from retriever.errors import IndexLockedError, IndexNotFoundError, IndexUnavailableError, UsageError
from retriever.index import open_index
from retriever.index.milvus.index import MilvusIndex
from retriever.index.milvus.limits import Limits
from retriever.index.milvus.location import Location


def test_a_location_is_always_spelled_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Location.parse("milvus://Host.example/work").uri == "milvus://host.example:19530/work"
    assert Location.parse("milvus://[::1]:1/a%20b").uri == "milvus://[::1]:1/a b"
    monkeypatch.chdir(tmp_path)
    spelled = {
        Location.parse(f"milvus+file:{path}").uri for path in ("x", "./x", f"{tmp_path}/y/../x", f"//{tmp_path}/x")
    }
    assert spelled == {f"milvus+file://{tmp_path}/x"}


def test_other_names_are_other_collections() -> None:
    names = ["a-b", "a_2db", "a_b", "a b", "A-b", "文", "a.b", "a__head"]
    prefixes = {Location.parse(f"milvus://host/{name}").prefix for name in names}
    assert len(prefixes) == len(names)
    assert all(prefix.isascii() and prefix.replace("_", "").isalnum() for prefix in prefixes)


@pytest.mark.parametrize(
    "uri",
    [
        "milvus://",
        "milvus://host",
        "milvus://host/",
        "milvus://host/a/b",
        "milvus:///work",
        "milvus://host:port/work",
        "milvus://host:99999/work",
        "milvus://ho st/work",
        f"milvus://host/{'n' * 61}",
        "milvus+file:",
        "milvus+file://  ",
    ],
)
def test_what_is_no_location_is_refused(uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_index(uri)
    assert caught.value.hint


@pytest.mark.parametrize(
    "uri", ["milvus://user:secret@host/work", "milvus://host/work?token=secret", "milvus://secret@host/"]
)
def test_credentials_in_a_location_are_refused_and_not_repeated(uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_index(uri)
    assert "secret" not in str(caught.value) + caught.value.hint
    assert "RETRIEVER_MILVUS_TOKEN" in caught.value.hint


def test_a_token_goes_to_the_server_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_MILVUS_TOKEN", "reader:secret")
    server = lite_server()
    with pytest.raises(IndexNotFoundError) as caught:
        open_index(f"milvus://{server.address}/with-token")
    assert server.faults.authorization == b64encode(b"reader:secret").decode()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("RETRIEVER_MILVUS_TLS", "maybe"), ("RETRIEVER_MILVUS_CA", "no such file")]
)
def test_a_variable_with_another_value_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_MILVUS_TLS", "1")
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=name):
        open_index(f"milvus://{lite_server().address}/variables")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(IndexUnavailableError, match=r"milvus://127\.0\.0\.1:9/nothing") as caught:
        MilvusIndex.open("milvus://127.0.0.1:9/nothing", limits=Limits(timeout=0.2))
    assert caught.value.hint


def test_a_server_without_tls_is_unavailable_by_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_MILVUS_TLS", "1")
    with pytest.raises(IndexUnavailableError):
        MilvusIndex.open(f"milvus://{lite_server().address}/tls", limits=Limits(timeout=0.5))


def test_a_file_that_another_program_has_open_is_locked(tmp_path: Path) -> None:
    from milvus_lite.db import MilvusLite

    other = MilvusLite(str(tmp_path / "x"))
    with pytest.raises(IndexLockedError, match="another process"):
        open_index(f"milvus+file:{tmp_path}/x")
    other.close()


def test_a_file_in_this_process_has_the_time_that_it_needs(tmp_path: Path) -> None:
    index = MilvusIndex(Location.parse(f"milvus+file:{tmp_path}/index"), Limits(timeout=0.0001))
    index.commit(changes(additions={"a": ["red tea"]}))
    with index.reading() as snapshot:
        assert snapshot.passages == 1
        assert len(snapshot.lexical({"tea": 1.0}, 1).refs) == 1
    index.close()
