from __future__ import annotations

import os
from pathlib import Path

import pytest
from object_server import BUCKET

from retriever.errors import IndexNotFoundError, IndexReadError, IndexUnavailableError, UsageError
from retriever.index import open_index, verify_location
from retriever.index.local.remote import store
from retriever.index.local.remote.location import CACHE_VARIABLE, RemoteLocation, RemoteSettings


@pytest.mark.parametrize(
    ("uri", "bucket", "prefix"),
    [
        ("s3://reports", "reports", ""),
        ("s3://reports/", "reports", ""),
        ("s3://reports/a/b", "reports", "a/b"),
        ("s3://reports/a/b/", "reports", "a/b"),
        ("s3://reports/年报 2026", "reports", "年报 2026"),
    ],
)
def test_a_location_is_a_bucket_and_a_prefix(uri: str, bucket: str, prefix: str) -> None:
    location = RemoteLocation.parse(uri)
    assert (location.bucket, location.prefix) == (bucket, prefix)
    assert RemoteLocation.parse(str(location)) == location
    assert location.key("CURRENT") == (f"{prefix}/CURRENT" if prefix else "CURRENT")


@pytest.mark.parametrize(
    "uri",
    ["s3://", "s3:///x", "s3://a", "s3://a:9000/x", "s3://abc?x", "s3://abc/a//b", "s3://abc/../b", "s3://abc/a\nb"],
)
def test_other_locations_are_refused(uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_index(uri)
    assert "s3://BUCKET/PREFIX" in caught.value.hint


def test_a_password_in_a_location_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError) as caught:
        open_index("s3://key:hunter2@reports/x")
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(CACHE_VARIABLE, "1.5")
    settings = RemoteSettings.from_environment()
    assert settings.cache_bytes == 1_500_000_000
    assert (settings.max_age, settings.grace) == (RemoteSettings(tmp_path).max_age, RemoteSettings(tmp_path).grace)
    for wrong in ("much", "-1", "nan", "inf"):
        monkeypatch.setenv(CACHE_VARIABLE, wrong)
        with pytest.raises(UsageError, match=CACHE_VARIABLE):
            RemoteSettings.from_environment()


def test_where_there_is_none_it_says_so() -> None:
    with pytest.raises(IndexNotFoundError, match=f"no index at s3://{BUCKET}/nothing"):
        open_index(f"s3://{BUCKET}/nothing")
    with pytest.raises(IndexNotFoundError):
        verify_location(f"s3://{BUCKET}/nothing", deep=False)
    with pytest.raises(IndexNotFoundError, match="no bucket 'elsewhere'"):
        open_index("s3://elsewhere/nothing")


def test_a_server_that_is_not_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_ATTEMPTS", 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(IndexUnavailableError, match=f"s3://{BUCKET}/x cannot be reached") as caught:
        open_index(f"s3://{BUCKET}/x")
    assert "try again" in caught.value.hint


@pytest.mark.parametrize("endpoint", ["http://user:secret@127.0.0.1:9", "http://user:secret@127.0.0.1:x"])
def test_a_password_in_an_endpoint_is_not_told(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setattr(store, "_ATTEMPTS", 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    with pytest.raises(IndexUnavailableError) as caught:
        open_index(f"s3://{BUCKET}/x")
    assert "secret" not in str(caught.value)


def test_missing_credentials_are_no_network_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", os.devnull)
    with pytest.raises(IndexReadError, match="credentials") as caught:
        open_index(f"s3://{BUCKET}/x")
    assert not isinstance(caught.value, IndexUnavailableError)
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint
