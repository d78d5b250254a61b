"""The hosted payment page `/c/pay/<session>` and the bank's page `/3ds/<intent>`."""

import datetime
from typing import Any

from marketplace.sandbox import cards, journal, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.pages import frame
from marketplace.sandbox.pages.frame import Markup, fill
from marketplace.sandbox.resources import (
    charging,
    checkout,
    konbini,
    methods,
    paying,
    payments,
)
from marketplace.sandbox.store import Record
from marketplace.sandbox.web import Request, Response

_PAGE = """
<p class="soft">Payment</p>
<h1 class="total">{total}</h1>
{error}
<section class="card" aria-label="What you pay for">
<ul class="items">
{items}
<li><span>Total</span><span>{total}</span></li>
</ul>
</section>
<form class="card" method="post" action="/c/pay/{session}">
{email}
<label for="card_number">Card number</label>
<input id="card_number" name="card_number" inputmode="numeric" autocomplete="cc-number"
 placeholder="1234 1234 1234 1234" maxlength="23" required{bad_number}>
<div class="pair">
<div><label for="expiry">Expiry (MM / YY)</label>
<input id="expiry" name="expiry" inputmode="numeric" autocomplete="cc-exp"
 placeholder="MM / YY" maxlength="9" required{bad_expiry}></div>
<div><label for="cvc">Security code</label>
<input id="cvc" name="cvc" inputmode="numeric" autocomplete="cc-csc"
 placeholder="CVC" maxlength="4" required{bad_cvc}></div>
</div>
{note}
<button name="action" value="pay">Pay {total}</button>
</form>
{konbini}
{cancel}
<details class="card">
<summary>Test cards</summary>
<p class="soft">Any future date and any three digits.</p>
<ul>
<li><code>4242 4242 4242 4242</code> is paid</li>
<li><code>4000 0025 0000 3155</code> asks the bank first</li>
<li><code>4000 0000 0000 0002</code> is declined</li>
<li><code>4000 0000 0000 9995</code> has insufficient funds</li>
<li><code>4000 0084 0000 1629</code> asks the bank, then is declined</li>
<li><code>4000 0000 0000 5126</code> is paid, and its refund fails two days later</li>
</ul>
</details>
"""

_KONBINI = """
<form class="card" method="post" action="/c/pay/{session}">
<p>Or pay in cash at a convenience store within {days} days.</p>
{email}
{note}
<button class="quiet" name="action" value="konbini">Get a payment code</button>
</form>
"""

_KONBINI_EMAIL = """<label for="email">E-mail</label>
<input id="email" name="email" type="email" autocomplete="email" required>"""

_BANK_PAGE = """
<p class="soft">Your bank</p>
<h1>Is this payment yours?</h1>
<section class="card">
<p class="total">{total}</p>
<p class="soft">A real bank would ask for a code here (3D Secure).</p>
<form method="post" action="/3ds/{intent}">
<button name="action" value="authenticate">Complete</button>
<button class="quiet" name="action" value="fail">Fail</button>
</form>
</section>
"""


def show(call: Call, request: Request) -> Response:
    """GET /c/pay/{id}"""
    session = call.store.get(checkout.KIND, call.path["id"])
    if session is None:
        return frame.not_found()
    if session.body["status"] != "open":
        return _over(session)
    return _form(call, session, _last_error(call, session))


def submit(call: Call, request: Request) -> Response:
    """POST /c/pay/{id}: pay with the card of the form, or go back."""
    session = call.store.get(checkout.KIND, call.path["id"])
    if session is None:
        return frame.not_found()
    fields = frame.form(request)
    if fields.get("action") == "cancel" and session.body["cancel_url"]:
        return Response.redirect(session.body["cancel_url"])
    if fields.get("action") == methods.KONBINI:
        email = fields.get("email") or None
        return _after(call, request, session, konbini.issue(call, session, email))
    today = datetime.datetime.fromtimestamp(call.now, tz=datetime.UTC)
    try:
        card = cards.read(
            fields.get("card_number", ""),
            fields.get("expiry", ""),
            fields.get("cvc", ""),
            year=today.year,
            month=today.month,
        )
    except cards.BadCard as error:
        if session.body["status"] != "open":
            return _over(session)
        return _form(call, session, error.message, status=402, field=error.param)
    attempt = paying.pay(call, session, card)
    return _after(call, request, session, attempt)


def show_bank(call: Call, request: Request) -> Response:
    """GET /3ds/{id}"""
    intent = call.store.get(payments.INTENT, call.path["id"])
    if intent is None:
        return frame.not_found()
    session = paying.session_of(call, intent.id)
    if session is not None and session.body["status"] != "open":
        return _over(session)
    if intent.body["status"] != "requires_action":
        url = f"/c/pay/{session.id}" if session else charging.back_to(intent)
        return Response.redirect(url)
    total = money.format_amount(intent.body["amount"], intent.body["currency"])
    body = fill(_BANK_PAGE, total=total, intent=intent.id)
    return frame.page("Your bank", body)


def submit_bank(call: Call, request: Request) -> Response:
    """POST /3ds/{id}: the buyer confirms the payment at the bank, or does not."""
    intent = call.store.get(payments.INTENT, call.path["id"])
    if intent is None:
        return frame.not_found()
    passed = frame.form(request).get("action") == "authenticate"
    session = paying.session_of(call, intent.id)
    if session is None:
        return _after_bank(call, request, intent, passed=passed)
    attempt = paying.authenticate(call, session, passed=passed)
    return _after(call, request, session, attempt, back=True)


def _after_bank(
    call: Call, request: Request, intent: Record, *, passed: bool
) -> Response:
    """Write the bank's answer about a saved card down and send the buyer back."""
    if charging.authenticate(call, intent, passed=passed):
        error = intent.body["last_payment_error"]
        journal.append(
            call.store,
            at=call.now,
            method="POST",
            path=request.path,
            outcome=f"refused:{error['code']}" if error else "executed",
            result={
                "id": intent.body["latest_charge"] or intent.id,
                "amount": intent.body["amount"],
                "currency": intent.body["currency"],
            },
            request={"result": "declined" if error else "paid"},
        )
    return Response.redirect(charging.back_to(intent))


def _after(
    call: Call,
    request: Request,
    session: Record,
    attempt: paying.Attempt,
    *,
    back: bool = False,
) -> Response:
    """Write the attempt down and send the buyer on."""
    if attempt.result == "closed":
        if session.body["status"] == "open":
            return Response.redirect(f"/c/pay/{session.id}")
        return _over(session, submitted=True)
    outcome = "executed"
    if attempt.result == "declined":
        outcome = f"refused:{attempt.code}"
    elif attempt.result in ("challenge", "voucher"):
        outcome = "requires_action"
    charge = attempt.charge.body if attempt.charge else None
    result: dict[str, Any] = charge or {
        "id": session.body["payment_intent"],
        "amount": session.body["amount_total"],
        "currency": session.body["currency"],
    }
    journal.append(
        call.store,
        at=call.now,
        method="POST",
        path=request.path,
        outcome=outcome,
        result=result,
        request={"session": session.id, "result": attempt.result},
    )
    if attempt.result in ("paid", "voucher"):
        return Response.redirect(paying.success_url(session))
    if attempt.result == "challenge":
        return Response.redirect(f"/3ds/{session.body['payment_intent']}")
    if back:
        return Response.redirect(f"/c/pay/{session.id}")
    return _form(call, session, attempt.message, status=402)


def _over(session: Record, *, submitted: bool = False) -> Response:
    if session.body["status"] == "complete":
        if submitted:
            return Response.redirect(paying.success_url(session))
        if session.body["payment_status"] == "unpaid":
            return Response.redirect(f"/konbini/{session.body['payment_intent']}")
        return frame.message(
            "This is already paid",
            "The payment went through once; nothing more is needed.",
            status=200,
            link=paying.success_url(session),
        )
    return frame.message(
        "This payment page is over",
        "It ended before it was paid, and nothing was charged. Go back to the shop "
        "to start again.",
        status=410,
        link=session.body["cancel_url"],
    )


def _last_error(call: Call, session: Record) -> str:
    intent_id = session.body["payment_intent"]
    intent = call.store.get(payments.INTENT, intent_id) if intent_id else None
    error = intent.body["last_payment_error"] if intent else None
    return str(error["message"]) if error else ""


def _form(
    call: Call,
    session: Record,
    error: str,
    *,
    status: int = 200,
    field: str | None = None,
) -> Response:
    body, email = session.body, paying.email_of(call, session)
    currency = body["currency"]
    lines = session.extra["included"]["line_items"]["data"]
    items = [
        fill(
            "<li><span>{name}</span><span>{amount}</span></li>",
            name=_line_name(line),
            amount=money.format_amount(line["amount_total"], currency),
        )
        for line in lines
    ]
    wrong = {
        f"bad_{name}": Markup(' aria-invalid="true" autofocus' if known else "")
        for name, known in (
            ("number", field == "card_number"),
            ("expiry", field == "expiry"),
            ("cvc", field == "cvc"),
        )
    }
    page = fill(
        _PAGE,
        total=money.format_amount(body["amount_total"], currency),
        session=session.id,
        items=frame.join(items),
        error=_when('<p class="error" role="alert">{value}</p>', error),
        email=_when('<p class="soft">{value}</p>', email),
        note=_custom_text(body["custom_text"]),
        konbini=_konbini(session, email),
        cancel=_when('<a class="back" href="{value}">Back</a>', body["cancel_url"]),
        **wrong,
    )
    return frame.page("Payment", page, status=status)


def _konbini(session: Record, email: str | None) -> Markup:
    options = session.body["payment_method_options"].get(methods.KONBINI)
    if options is None:
        return Markup("")
    return fill(
        _KONBINI,
        session=session.id,
        days=options["expires_after_days"],
        email=Markup("" if email else _KONBINI_EMAIL),
        note=_custom_text(session.body["custom_text"]),
    )


def _when(template: str, value: str | None) -> Markup:
    return fill(template, value=value) if value else Markup("")


def _line_name(line: dict[str, Any]) -> str:
    quantity = line["quantity"]
    return (
        f"{line['description']} × {quantity}" if quantity > 1 else line["description"]
    )


def _custom_text(texts: dict[str, Any]) -> Markup:
    shown = [
        _when('<p class="soft note">{value}</p>', texts[name]["message"])
        for name in ("submit", "after_submit", "terms_of_service_acceptance")
        if texts.get(name)
    ]
    return frame.join(shown)
