"""The pieces the dashboard is built of: rows, forms, pages of a list.

A row is one object: what it is and how much on its first line, its id and time below,
what a person can do with it folded under it. It reads the same at 360 and 1,280 px.
"""

import datetime
import json
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from marketplace.sandbox import money
from marketplace.sandbox.pages.frame import Markup, fill, join
from marketplace.sandbox.store import Record, Store

ROWS = 20

_TONES = {
    "good": (
        "active",
        "available",
        "done",
        "executed",
        "paid",
        "succeeded",
        "won",
        "complete",
    ),
    "bad": (
        "closed",
        "dropped",
        "errored",
        "failed",
        "lost",
        "restricted",
        "refused",
        "needs_response",
        "warning_needs_response",
        "appeal_needs_response",
    ),
}

_ROW = """<li class="row">
<div class="row-head"><strong>{title}</strong>{pill}<span class="row-amount">{amount}</span></div>
<div class="soft"><code>{id}</code> · {at}{note}</div>
{more}
</li>"""


@dataclass(frozen=True)
class Page:
    """Which page of a list is asked for, from the query of the URL."""

    path: str
    number: int
    rows: int = ROWS

    @classmethod
    def of(cls, path: str, query: str) -> "Page":
        """Read `page=3`; the first page where that is no number."""
        asked = dict(urllib.parse.parse_qsl(query)).get("page", "1")
        number = int(asked) if asked.isdecimal() and len(asked) < 7 else 1
        return cls(path, max(number, 1))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.rows

    def links(self, *, has_more: bool) -> Markup:
        """Return the links to the newer and the older page."""
        if self.rows != ROWS:
            word = "All of them"
            more = fill('<a href="{path}">{word}</a>', path=self.path, word=word)
            return fill('<nav class="pager">{more}</nav>', more=more)
        found = []
        if self.number > 1:
            found.append(self._link(self.number - 1, "Newer"))
        if has_more:
            found.append(self._link(self.number + 1, "Older"))
        if not found:
            return Markup("")
        return fill('<nav class="pager">{links}</nav>', links=join(found))

    def _link(self, number: int, word: str) -> Markup:
        return fill(
            '<a href="{path}?page={number}">{word}</a>',
            path=self.path,
            number=number,
            word=word,
        )


def records(
    store: Store,
    page: Page,
    kind: str,
    row: Callable[[Record], Markup],
    nothing: str,
    where: str = "1",
) -> Markup:
    """Return one page of the objects of a kind, newest first."""
    found = store.select(
        f"kind = ? AND {where}",
        (kind,),
        f"ORDER BY seq DESC LIMIT {page.rows + 1} OFFSET {page.offset}",
    )
    rows = [row(one) for one in found[: page.rows]]
    return listed(rows, page, nothing, len(found) > page.rows)


def listed(rows: list[Markup], page: Page, nothing: str, has_more: bool) -> Markup:
    """Return rows as a list with its links; words where there is nothing."""
    if not rows:
        return fill('<p class="card soft">{nothing}</p>', nothing=nothing)
    found = fill('<ul class="rows card">{rows}</ul>', rows=join(rows))
    return join([found, page.links(has_more=has_more)])


def row(
    *,
    title: str,
    id: str,
    at: int,
    state: str = "",
    amount: str = "",
    note: str = "",
    forms: Iterable[Markup] = (),
    body: dict[str, Any] | None = None,
) -> Markup:
    """Return one object: its facts, then what can be done with it, folded."""
    parts = list(forms)
    folded = []
    if parts:
        folded.append(
            fill(
                "<details><summary>What happens next</summary>"
                '<div class="acts">{forms}</div></details>',
                forms=join(parts),
            )
        )
    if body is not None:
        text = json.dumps(body, indent=1, ensure_ascii=False)
        folded.append(
            fill(
                "<details><summary>As the API shows it</summary>"
                '<pre class="scroll">{text}</pre></details>',
                text=text,
            )
        )
    return fill(
        _ROW,
        title=title,
        pill=pill(state),
        amount=amount,
        id=id,
        at=time(at),
        note=f" · {note}" if note else "",
        more=join(folded),
    )


def pill(state: str) -> Markup:
    """Return a state as a small label, coloured by whether somebody must act."""
    if not state:
        return Markup("")
    tone = next((name for name, states in _TONES.items() if state in states), "")
    return fill(
        '<span class="pill {tone}">{word}</span>',
        tone=tone,
        word=state.replace("_", " "),
    )


def form(
    path: str, action: str, button: str, *fields: Markup, tone: str = "", **hidden: str
) -> Markup:
    """Return a form that does one thing; `hidden` says to what."""
    known = [
        fill('<input type="hidden" name="{name}" value="{value}">', name=name, value=it)
        for name, it in hidden.items()
    ]
    return fill(
        '<form class="act" method="post" action="{path}">{fields}'
        '<button class="{tone}" name="action" value="{action}">{button}</button></form>',
        path=path,
        fields=join([*known, *fields]),
        tone=tone,
        action=action,
        button=button,
    )


def text(name: str, label: str, value: str = "", *, numeric: bool = False) -> Markup:
    """Return a text field within its label."""
    return fill(
        "<label>{label}<input name='{name}' value='{value}' inputmode='{mode}'></label>",
        label=label,
        name=name,
        value=value,
        mode="decimal" if numeric else "text",
    )


def choice(name: str, label: str, options: Iterable[str | tuple[str, str]]) -> Markup:
    """Return a field to choose from; an option may be a value with its own words."""
    pairs = [(one, one) if isinstance(one, str) else one for one in options]
    return fill(
        "<label>{label}<select name='{name}'>{options}</select></label>",
        label=label,
        name=name,
        options=join(
            [
                fill("<option value='{value}'>{words}</option>", value=value, words=it)
                for value, it in pairs
            ]
        ),
    )


def labels(body: dict[str, Any]) -> str:
    """Return what the platform wrote on an object, so that a person finds it again."""
    written = [f"{name} {value}" for name, value in (body["metadata"] or {}).items()]
    return ", ".join(filter(None, [body["transfer_group"], *written]))


def amount(body: dict[str, Any], name: str = "amount") -> str:
    """Return an object's amount for people."""
    value, currency = body.get(name), body.get("currency")
    known = isinstance(value, int) and isinstance(currency, str)
    return money.format_amount(value or 0, currency or "") if known else ""


def bare(value: int, currency: str) -> str:
    """Return an amount for people where its currency stands beside it."""
    return money.format_amount(value, currency).split(" ")[0]


def plain(value: int, currency: str) -> str:
    """Return an amount as it is typed into a field."""
    return bare(value, currency).replace(",", "")


def time(at: int) -> str:
    """Return a moment of the virtual clock."""
    moment = datetime.datetime.fromtimestamp(at, tz=datetime.UTC)
    return moment.strftime("%Y-%m-%d %H:%M UTC")
