"""The sandbox's own SQLite file, in WAL mode, behind one lock.

One connection is shared by all threads. Whoever wants to read or write holds
the lock for milliseconds, so that fifty parallel calls see one order of events.
"""

import json
import pathlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    created INTEGER NOT NULL,
    due INTEGER,
    transfer_group TEXT,
    destination TEXT,
    parent TEXT,
    body TEXT NOT NULL,
    extra TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, account, seq);
CREATE INDEX IF NOT EXISTS objects_due ON objects (due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_group ON objects (transfer_group);
CREATE INDEX IF NOT EXISTS objects_destination ON objects (destination);
CREATE INDEX IF NOT EXISTS objects_parent ON objects (parent);
CREATE TABLE IF NOT EXISTS balance (
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    net INTEGER NOT NULL,
    available_on INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS balance_account ON balance (account, currency);
CREATE TABLE IF NOT EXISTS idempotency (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    call TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    line TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS journal_keeps BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS journal_stays BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    endpoint TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    last_status INTEGER
);
CREATE INDEX IF NOT EXISTS deliveries_state ON deliveries (state, next_at);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event_id);
"""
_TABLES = ("settings", "objects", "balance", "idempotency", "journal", "deliveries")
PLATFORM = ""

Row = tuple[Any, ...]


@dataclass
class Record:
    """One API object. `extra` is what the sandbox knows and the API never says."""

    id: str
    kind: str
    account: str
    created: int
    body: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)
    due: int | None = None


_COLUMNS = "id, kind, account, created, body, extra, due"


def _record(row: Row) -> Record:
    return Record(
        row[0], row[1], row[2], row[3], json.loads(row[4]), json.loads(row[5]), row[6]
    )


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Store:
    """Reads and writes the state. `folder` None keeps it in memory."""

    def __init__(self, folder: pathlib.Path | None) -> None:
        self.lock = threading.RLock()
        path = ":memory:" if folder is None else str(folder / "sandbox.sqlite3")
        self._db = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=10
        )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file; nothing may be asked afterwards."""
        with self.lock:
            self._db.close()

    def clear(self) -> None:
        """Forget everything, the journal too: a new state for the next test."""
        with self.lock:
            for table in _TABLES:
                self._db.execute(f"DROP TABLE IF EXISTS {table}")
            self._db.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock; commit at the end, undo everything on an exception."""
        with self.lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happened inside when an exception leaves it."""
        self._db.execute("SAVEPOINT step")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO step")
            self._db.execute("RELEASE step")
            raise
        self._db.execute("RELEASE step")

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query."""
        with self.lock:
            return self._db.execute(query, values).fetchall()

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run a statement; return how many rows it touched."""
        with self.lock:
            return self._db.execute(statement, values).rowcount

    def setting(self, name: str) -> str | None:
        """Return a stored setting."""
        rows = self.rows("SELECT value FROM settings WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def set_setting(self, name: str, value: str) -> None:
        """Store a setting."""
        self.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def add(self, record: Record) -> Record:
        """Store a new object."""
        self.run(
            "INSERT INTO objects (id, kind, account, created, due, transfer_group,"
            " destination, parent, body, extra) VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                record.id,
                record.kind,
                record.account,
                record.created,
                *self._derived(record),
            ),
        )
        return record

    def save(self, record: Record) -> None:
        """Store an object's new state."""
        self.run(
            "UPDATE objects SET due = ?, transfer_group = ?, destination = ?,"
            " parent = ?, body = ?, extra = ? WHERE id = ?",
            (*self._derived(record), record.id),
        )

    def _derived(self, record: Record) -> tuple[Any, ...]:
        body = record.body
        parents = ("source_transaction", "payment_intent", "source", "transfer")
        parent = next((body[name] for name in parents if body.get(name)), None)
        return (
            record.due,
            body.get("transfer_group"),
            body.get("destination"),
            parent,
            _dump(body),
            _dump(record.extra),
        )

    def get(self, kind: str, object_id: str, account: str = PLATFORM) -> Record | None:
        """Return an object that the account owns."""
        rows = self.rows(
            f"SELECT {_COLUMNS} FROM objects WHERE id = ? AND kind = ? AND account = ?",
            (object_id, kind, account),
        )
        return _record(rows[0]) if rows else None

    def any_kind(self, object_id: str, account: str) -> Record | None:
        """Return an object by id alone."""
        rows = self.rows(
            f"SELECT {_COLUMNS} FROM objects WHERE id = ? AND account = ?",
            (object_id, account),
        )
        return _record(rows[0]) if rows else None

    def select(
        self, where: str, values: Sequence[Any] = (), tail: str = "ORDER BY seq DESC"
    ) -> list[Record]:
        """Return the objects that a condition over the columns describes."""
        query = f"SELECT {_COLUMNS} FROM objects WHERE {where} {tail}"
        return [_record(row) for row in self.rows(query, values)]

    def position(self, object_id: str) -> int | None:
        """Return an object's place in the order of creation."""
        rows = self.rows("SELECT seq FROM objects WHERE id = ?", (object_id,))
        return int(rows[0][0]) if rows else None
