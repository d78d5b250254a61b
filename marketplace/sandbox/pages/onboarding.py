"""The onboarding page `/setup/<account>/<link>`: one visit, five minutes."""

import secrets

from marketplace.sandbox import events, journal
from marketplace.sandbox.calls import Call
from marketplace.sandbox.pages import frame
from marketplace.sandbox.pages.frame import fill
from marketplace.sandbox.resources import accounts
from marketplace.sandbox.store import Record
from marketplace.sandbox.web import Request, Response

_PAGE = """
<p class="soft">Set up payouts</p>
<h1>{name}</h1>
<section class="card">
<p>A real Stripe page asks here for identity and a bank account. In the sandbox
you choose how it ends.</p>
<form method="post" action="/setup/{account}/{link}">
<input type="hidden" name="visit" value="{visit}">
<button name="outcome" value="complete">Complete</button>
<button class="quiet" name="outcome" value="incomplete">Leave incomplete</button>
<button class="quiet" name="outcome" value="restrict">Restrict later</button>
</form>
</section>
<p class="soft"><code>{account}</code></p>
"""


def show(call: Call, request: Request) -> Response:
    """GET /setup/{account}/{link}: the visit uses the link up, as Stripe's does."""
    link = _link(call)
    if link is None:
        return frame.not_found()
    account = accounts.find(call, link.body["account"])
    if link.extra["used"] or link.extra["expires_at"] <= call.now:
        return Response.redirect(str(_options(link)["refresh_url"]))
    link.extra.update(used=True, visit=secrets.token_urlsafe(16))
    call.store.save(link)
    body = fill(
        _PAGE,
        name=account.body["display_name"] or account.body["contact_email"],
        account=account.id,
        link=link.id,
        visit=link.extra["visit"],
    )
    return frame.page("Set up payouts", body)


def submit(call: Call, request: Request) -> Response:
    """POST /setup/{account}/{link}: what the buttons do, once per visit."""
    link = _link(call)
    if link is None:
        return frame.not_found()
    fields = frame.form(request)
    visit = link.extra["visit"]
    if visit is None or fields.get("visit") != visit:
        return Response.redirect(str(_options(link)["refresh_url"]))
    outcome = fields.get("outcome", "")
    if outcome not in accounts.OUTCOMES:
        return frame.message("Choose one", "Use one of the buttons.", status=400)
    link.extra["visit"] = None
    call.store.save(link)
    account = accounts.find(call, link.body["account"])
    accounts.onboard(call, account, outcome)
    events.emit_thin(
        call,
        "v2.core.account_link.returned",
        account.id,
        {
            "account_id": account.id,
            "configurations": ["recipient"],
            "use_case": "account_onboarding",
        },
        is_related=False,
    )
    journal.append(
        call.store,
        at=call.now,
        method="POST",
        path=request.path,
        outcome="executed",
        account=account.id,
        result={"id": account.id},
        request={"outcome": outcome},
    )
    back = _options(link)["return_url"]
    if back is None:
        return frame.message("Done", "You can close this page.", status=200)
    return Response.redirect(back)


def _link(call: Call) -> Record | None:
    link = call.store.get(accounts.LINK, call.path["link"])
    if link is None or link.body["account"] != call.path["account"]:
        return None
    return link


def _options(link: Record) -> dict[str, str | None]:
    options: dict[str, str | None] = link.body["use_case"]["account_onboarding"]
    return options
