"""What a seller or creator sees of their money, and where they set payouts up."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from creators.models import Creator
from marketplace.kit import clock, limits
from marketplace.kit.pagination import page_of
from payouts import queries
from payouts.models import ConnectedAccount
from payouts.services import holds, onboarding, payout_runs
from sellers.models import Shop

STARTS_PER_HOUR = 20
# Of each kind of thing that keeps money back; there are seldom more.
SHOWN = 10


@never_cache
def seller_earnings(request: HttpRequest, shop: str) -> HttpResponse:
    """Show a shop's owner what was sold, what waits for what, and what was sent."""
    found = _owned_shop(request, shop)
    account = onboarding.known_account(found)
    page = page_of(queries.earnings(account), request)
    context = {
        "shop": found,
        "account": account,
        "balances": queries.balances(account),
        "page": page,
        "transfers": queries.seller_transfers(account)[:5],
        "hold_days": settings.SELLER_HOLD_DAYS,
        **_kept_back(account),
    }
    return render(request, "payouts/seller_earnings.html", context)


@never_cache
def earnings(request: HttpRequest) -> HttpResponse:
    """Show a creator each earning with its rate, base, reason, state and date."""
    creator = _creator(request)
    account = onboarding.known_account(creator)
    state = request.GET.get("state", "")
    rows = queries.earnings(account)
    if state in queries.STATES:
        rows = rows.filter(state=state)
    context = {
        **_creator_context(creator, account),
        "page": page_of(rows, request),
        "state": state if state in queries.STATES else "",
        "states": queries.STATES,
        "withheld": queries.withheld(account)[:5],
        "next_available": queries.next_available(account),
        **_kept_back(account),
    }
    return render(request, "payouts/earnings.html", context)


@never_cache
def earning(request: HttpRequest, accrual: str) -> HttpResponse:
    """Explain one earning: where the amount comes from, why it is theirs, and when."""
    creator = _creator(request)
    account = onboarding.known_account(creator)
    found = get_object_or_404(queries.earnings(account), public_id=accrual)
    context = {
        **_creator_context(creator, account),
        "earning": found,
        "expected_at": queries.expected_at(found),
        "steps": queries.bars(queries.waterfall(found)),
    }
    return render(request, "payouts/earning.html", context)


@never_cache
def creator_payouts(request: HttpRequest) -> HttpResponse:
    """Show a creator the next payout, the past ones, and runs that passed them over."""
    creator = _creator(request)
    account = onboarding.known_account(creator)
    context = {
        **_creator_context(creator, account),
        "page": page_of(queries.payout_history(account), request),
        "skips": queries.skips(account)[:5],
        "outlooks": payout_runs.outlooks.of(account=account, at=clock.now()),
        **_kept_back(account),
    }
    return render(request, "payouts/creator_payouts.html", context)


@never_cache
def onboarding_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Say what setting payouts up is for, how it stands, and lead to it."""
    account = _account(request, reference)
    return render(request, "payouts/onboarding.html", _frame(account))


@never_cache
@require_POST
def onboarding_start(request: HttpRequest, reference: str) -> HttpResponse:
    """Lead to the hosted page where payouts are set up."""
    account = _account(request, reference)
    return _to_hosted_page(request, account)


@never_cache
def onboarding_return(request: HttpRequest, reference: str) -> HttpResponse:
    """Come back from the hosted page: fetch how the account stands, and show it.

    With `?again=1` the link there had run out, and a new one is asked for.
    """
    account = _account(request, reference)
    if request.GET.get("again"):
        return _to_hosted_page(request, account)
    try:
        onboarding.refresh(account=account, at=clock.now())
    except onboarding.OnboardingUnavailable as problem:
        messages.warning(request, problem.message)
    return redirect("payouts:onboarding", account.reference)


def _to_hosted_page(request: HttpRequest, account: ConnectedAccount) -> HttpResponse:
    try:
        limits.count(f"onboarding:{account.pk}", limit=STARTS_PER_HOUR, seconds=3600)
        url = onboarding.start(
            party=account.party,
            email=request.user.email,  # type: ignore[union-attr]
            at=clock.now(),
        )
    except (onboarding.OnboardingUnavailable, limits.TooMany) as problem:
        messages.warning(request, problem.message)
        return redirect("payouts:onboarding", account.reference)
    return redirect(url)


def _creator(request: HttpRequest) -> Creator:
    return get_object_or_404(Creator.objects.visible_to(request.user))


def _owned_shop(request: HttpRequest, public_id: str) -> Shop:
    """Give a shop this person owns; its staff see orders, not money."""
    return get_object_or_404(Shop.objects.owned_by(request.user), public_id=public_id)


def _account(request: HttpRequest, reference: str) -> ConnectedAccount:
    """Give the money side of one's own shop or creator, by its public id."""
    party = (
        Shop.objects.owned_by(request.user).filter(public_id=reference).first()
        or Creator.objects.visible_to(request.user).filter(public_id=reference).first()
    )
    if party is None:
        raise Http404
    return onboarding.known_account(party)


def _creator_context(creator: Creator, account: ConnectedAccount) -> dict[str, Any]:
    return {
        "creator": creator,
        "account": account,
        "balances": queries.balances(account),
        "return_days": settings.RETURN_WINDOW_DAYS,
        "next_run_at": payout_runs.next_run_at(
            at=clock.now(), schedule=payout_runs.schedule_of(account)
        ),
    }


def _kept_back(account: ConnectedAccount) -> dict[str, Any]:
    """What keeps a payee's money back, and what their bank did with what was sent."""
    if account.pk is None:
        return {}
    at = clock.now()
    return {
        "blocked": holds.blocking_reason(account=account, at=at),
        "waits_until": holds.waits_until(account=account, at=at),
        "open_holds": queries.open_holds(account)[:SHOWN],
        "open_reserves": queries.open_reserves(account)[:SHOWN],
        "bank_payouts": queries.bank_payouts(account)[:SHOWN],
    }


def _frame(account: ConnectedAccount) -> dict[str, Any]:
    """What the onboarding page needs, in the frame of a shop or of a creator."""
    is_shop = account.shop is not None
    return {
        "account": account,
        "shop": account.shop,
        "creator": account.creator,
        "frame": "sellers/base.html" if is_shop else "creators/base.html",
        "what": _("your sales") if is_shop else _("your shares"),
    }
