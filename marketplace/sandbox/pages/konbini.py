"""The voucher page `/konbini/<intent>`: the codes to show at a store."""

import datetime

from marketplace.sandbox import journal, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.pages import frame
from marketplace.sandbox.pages.frame import fill
from marketplace.sandbox.resources import konbini, paying, payments
from marketplace.sandbox.store import Record
from marketplace.sandbox.web import Request, Response

_PAGE = """
<p class="soft">Pay at a convenience store</p>
<h1 class="total">{total}</h1>
<p>Until {until}. Show the codes of your store at its counter or machine.</p>
<section class="card scroll"><table>
<thead><tr><th>Store</th><th>Payment code</th><th>Confirmation number</th></tr></thead>
<tbody>{stores}</tbody></table></section>
<form class="card" method="post" action="/konbini/{intent}">
<p>A real buyer goes to a store now. In the sandbox you choose how it ends.</p>
<label for="store">Store</label>
<select id="store" name="store">{options}</select>
<button name="action" value="pay">Pay at store</button>
<button class="quiet" name="action" value="expire">Let expire</button>
</form>
"""

_NAMES = {
    "familymart": "FamilyMart",
    "lawson": "Lawson",
    "ministop": "Ministop",
    "seicomart": "Seicomart",
}


def show(call: Call, request: Request) -> Response:
    """GET /konbini/{id}"""
    intent = call.store.get(payments.INTENT, call.path["id"])
    if intent is None or not _had_voucher(call, intent):
        return frame.not_found()
    if not konbini.is_waiting(intent):
        return _over(call, intent)
    return _voucher(intent)


def submit(call: Call, request: Request) -> Response:
    """POST /konbini/{id}: the buyer pays at a store, or the time runs out."""
    intent = call.store.get(payments.INTENT, call.path["id"])
    if intent is None or not _had_voucher(call, intent):
        return frame.not_found()
    if not konbini.is_waiting(intent):
        return _over(call, intent)
    fields = frame.form(request)
    action, store = fields.get("action"), fields.get("store", "lawson")
    if action == "pay":
        result = konbini.settle(call, intent, store).body
    elif action == "expire":
        konbini.expire(call, intent)
        result = intent.body
    else:
        return frame.message("Choose one", "Use one of the buttons.", status=400)
    journal.append(
        call.store,
        at=call.now,
        method="POST",
        path=request.path,
        outcome="executed",
        result=result,
        request={"action": action, "store": store},
    )
    return Response.redirect(f"/konbini/{intent.id}")


def _had_voucher(call: Call, intent: Record) -> bool:
    """Return whether this intent was ever to be paid at a store: its session was
    complete before it was paid."""
    session = paying.session_of(call, intent.id)
    return session is not None and session.extra.get("voucher") is True


def _voucher(intent: Record) -> Response:
    details = intent.body["next_action"]["konbini_display_details"]
    until = datetime.datetime.fromtimestamp(details["expires_at"], tz=konbini.JAPAN)
    rows = [
        fill(
            "<tr><td>{name}</td><td><code>{code}</code></td>"
            "<td><code>{number}</code></td></tr>",
            name=_NAMES[store],
            code=codes["payment_code"],
            number=codes["confirmation_number"],
        )
        for store, codes in details["stores"].items()
    ]
    options = [
        fill('<option value="{store}">{name}</option>', store=store, name=name)
        for store, name in _NAMES.items()
    ]
    body = fill(
        _PAGE,
        total=money.format_amount(intent.body["amount"], intent.body["currency"]),
        until=until.strftime("%Y-%m-%d %H:%M:%S (Japan)"),
        stores=frame.join(rows),
        intent=intent.id,
        options=frame.join(options),
    )
    return frame.page("Convenience store", body)


def _over(call: Call, intent: Record) -> Response:
    session = paying.session_of(call, intent.id)
    assert session is not None
    if intent.body["status"] == "succeeded":
        return frame.message(
            "This is paid",
            "The store took the cash; nothing more is needed.",
            status=200,
            link=paying.success_url(session),
        )
    return frame.message(
        "This voucher is over",
        "It ended before it was paid, and nothing was charged. Go back to the shop to "
        "start again.",
        status=410,
        link=session.body["cancel_url"],
    )
