"""The append-only journal of every object-changing call.

It is what the platform's books are checked against, so it is written in the
same transaction as the effect, and the database refuses to change a line.
"""

import json
from typing import Any

from marketplace.sandbox.store import Store


def append(
    store: Store,
    *,
    at: int,
    method: str,
    path: str,
    outcome: str,
    key: str | None = None,
    account: str | None = None,
    result: dict[str, Any] | None = None,
    request: dict[str, Any] | None = None,
    fault: str | None = None,
) -> None:
    """Write one line. `result` is the object the call made or found."""
    result = result or {}
    request = request or {}
    line = {
        "at": at,
        "method": method,
        "path": path,
        "key": key,
        "account": account,
        "outcome": outcome,
        "amount": result.get(
            "amount", result.get("amount_total", request.get("amount"))
        ),
        "currency": result.get("currency", request.get("currency")),
        "object_id": result.get("id"),
        "request": request,
    }
    if fault is not None:
        line["fault"] = fault
    store.run(
        "INSERT INTO journal (line) VALUES (?)", (json.dumps(line, ensure_ascii=False),)
    )


def lines(store: Store, newest: int | None = None) -> list[dict[str, Any]]:
    """Return all lines, oldest first, each with its `seq`; or only the newest,
    newest first."""
    if newest is None:
        rows = store.rows("SELECT seq, line FROM journal ORDER BY seq")
    else:
        rows = store.rows(
            "SELECT seq, line FROM journal ORDER BY seq DESC LIMIT ?", (newest,)
        )
    return [{"seq": seq, **json.loads(line)} for seq, line in rows]
