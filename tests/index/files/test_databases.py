"""Rows of SQLite that are fetched in one value, as searches fetch their candidates."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from retriever.index.files.databases import GuardedConnection, fetch, fetch_at_once

ALL = "SELECT number, value FROM kept"


@pytest.fixture
def connection() -> Iterator[GuardedConnection]:
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=GuardedConnection)
    connection.execute("CREATE TABLE kept (number INTEGER PRIMARY KEY, value)")
    connection.guard(1 << 16)
    yield connection
    connection.close()


def keep(connection: GuardedConnection, *values: object) -> list[tuple[Any, ...]]:
    """Store values; every row that Python is given afterwards."""
    connection.executemany("INSERT INTO kept (value) VALUES (?)", [(value,) for value in values])
    given: list[tuple[Any, ...]] = []

    def note(_: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
        given.append(row)
        return row

    connection.row_factory = note
    return given


def test_all_rows_come_as_one_value(connection: GuardedConnection) -> None:
    texts = ["", "a\0b", '"\\/\n\x1f\x7f\u2028', "汉字 \U0001f600", "[1]", "null"]
    numbers = [0, -1, 2**63 - 1, -(2**63), 0.1, 1.0, 1e300, None]
    given = keep(connection, *texts, *numbers)
    found = fetch_at_once(connection, ALL)
    assert len(given) == 1 or not hasattr(connection, "setlimit")
    assert sorted(found) == fetch(connection, f"{ALL} ORDER BY number")
    assert [type(value) for _, value in sorted(found)] == [type(value) for value in (*texts, *numbers)]
    wanted = f"{ALL} WHERE number IN (?,?)"
    assert sorted(fetch_at_once(connection, wanted, [2, 4])) == [(2, texts[1]), (4, texts[3])]
    assert fetch_at_once(connection, wanted, [98, 99]) == []


def test_bytes_come_as_they_are(connection: GuardedConnection) -> None:
    """Strings with lone surrogates are stored as bytes, which JSON cannot hold."""
    given = keep(connection, "text", b"\xed\xb3\xbf")
    assert sorted(fetch_at_once(connection, ALL)) == [(1, "text"), (2, b"\xed\xb3\xbf")]
    assert len(given) == 2


def test_an_infinite_number_comes_as_it_is(connection: GuardedConnection) -> None:
    """No index has one; a file that somebody else has made is refused by what reads the rows."""
    keep(connection, 1.0, float("inf"))
    assert sorted(fetch_at_once(connection, ALL)) == [(1, 1.0), (2, float("inf"))]


def test_more_text_than_the_file_has_room_for_is_refused(connection: GuardedConnection) -> None:
    keep(connection, *["x" * 50_000] * 4)
    with pytest.raises(sqlite3.DatabaseError, match="texts overlap"):
        fetch_at_once(connection, ALL)


def test_a_text_that_is_no_unicode_is_an_error(connection: GuardedConnection) -> None:
    connection.execute("INSERT INTO kept (value) VALUES (CAST(x'ff' AS TEXT))")
    with pytest.raises(sqlite3.OperationalError, match="UTF-8"):
        fetch_at_once(connection, ALL)
