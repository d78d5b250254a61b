"""List pages (https://docs.stripe.com/api/pagination): newest first, cursors
by object id, `limit` 1 to 100, `created` as a moment or a range."""

from typing import Any

from marketplace.sandbox.calls import Call
from marketplace.sandbox.errors import Invalid, NotOffered, missing_reference
from marketplace.sandbox.store import Record

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_PAGING = {"limit", "starting_after", "ending_before", "created", "expand"}

Condition = tuple[str, Any]


def only(call: Call, *offered: str) -> None:
    """Refuse a filter the sandbox does not apply.

    :raises NotOffered: ignoring it would answer too much.
    """
    for name in call.params:
        if name not in _PAGING and name not in offered:
            raise NotOffered(name)


def equals(call: Call, **columns: str) -> list[Condition]:
    """Return conditions for the filters that are set: parameter name to column."""
    return [
        (f"{column} = ?", call.params[name])
        for name, column in columns.items()
        if name in call.params
    ]


def limit_of(call: Call) -> int:
    """Return the page size.

    :raises Invalid: below 1 or above 100.
    """
    limit = int(call.params.get("limit", 10))
    if not 1 <= limit <= 100:
        raise Invalid(
            "Invalid limit: it must be between 1 and 100.",
            param="limit",
            code="parameter_invalid_integer",
        )
    return limit


def _created(call: Call) -> list[Condition]:
    created = call.params.get("created")
    if created is None:
        return []
    if isinstance(created, int):
        return [("created = ?", created)]
    return [(f"created {_COMPARISONS[name]} ?", at) for name, at in created.items()]


def page(call: Call, kind: str, conditions: list[Condition]) -> dict[str, Any]:
    """Return one page of the account's objects of a kind."""
    limit = limit_of(call)
    after = call.params.get("starting_after")
    before = call.params.get("ending_before")
    if after and before:
        raise Invalid("Pass either `starting_after` or `ending_before`, not both.")
    wanted: list[Condition] = [
        ("kind = ?", kind),
        ("account = ?", call.account),
        *_created(call),
        *conditions,
    ]
    if after:
        wanted.append(("seq < ?", _cursor(call, after, "starting_after")))
    if before:
        wanted.append(("seq > ?", _cursor(call, before, "ending_before")))
    order = "ASC" if before else "DESC"
    values: list[Any] = []
    for _, value in wanted:
        values.extend(value if isinstance(value, list) else [value])
    records: list[Record] = call.store.select(
        " AND ".join(text for text, _ in wanted),
        values,
        f"ORDER BY seq {order} LIMIT {limit + 1}",
    )
    has_more = len(records) > limit
    records = records[:limit]
    if before:
        records.reverse()
    return envelope(call.api_path, [record.body for record in records], has_more)


def _cursor(call: Call, object_id: str, param: str) -> int:
    position = call.store.position(object_id)
    if position is None:
        raise missing_reference("object", object_id, param=param)
    return position


def envelope(
    url: str, data: list[dict[str, Any]], has_more: bool = False
) -> dict[str, Any]:
    """Return the list object around some data."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}
