"""A shop's disputes: which of its sales a bank asks about, until when to answer, and
what it may add to the answer.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.kit import clock
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.pagination import page_of
from payouts import forms, queries
from payouts.models import Dispute
from payouts.services import dispute_evidence, onboarding
from sellers.models import Shop


@never_cache
def disputes(request: HttpRequest, shop: str) -> HttpResponse:
    """List a shop's disputes, those that wait for an answer first."""
    found = _shop(request, shop)
    page = page_of(queries.disputes_of(found), request)
    return render(request, "payouts/disputes.html", {"shop": found, "page": page})


@never_cache
def dispute(request: HttpRequest, shop: str, dispute: str) -> HttpResponse:
    """Show a shop one dispute and what is its own in it; take evidence."""
    found = _shop(request, shop)
    one = get_object_or_404(queries.disputes_of(found), public_id=dispute)
    form = forms.EvidenceForm()
    status = 200
    if request.method == "POST":
        form = forms.EvidenceForm(request.POST, request.FILES)
        status = _add(request, found, one, form)
        if status == 200:
            messages.success(
                request, _("Added. The marketplace sends it to the bank in time.")
            )
            return redirect("payouts:seller-dispute", found.public_id, one.public_id)
    account = onboarding.known_account(found)
    context = {
        "shop": found,
        "dispute": one,
        "is_open": dispute_evidence.is_open(one),
        "part": one.payment.order.seller_orders.filter(shop=found).first(),
        "evidence": one.evidence.filter(account_id=account.pk).defer("file"),
        "borne": queries.borne_by(account, dispute=one),
        "form": form,
    }
    return render(request, "payouts/dispute.html", context, status=status)


def _add(
    request: HttpRequest, shop: Shop, dispute: Dispute, form: forms.EvidenceForm
) -> int:
    """Add what was typed or chosen; gives the status to answer with."""
    if not form.is_valid():
        return 422
    try:
        dispute_evidence.add(
            dispute=dispute,
            kind=form.cleaned_data["kind"],
            text=form.cleaned_data["text"],
            file=form.cleaned_data["file"],
            actor=str(request.user.pk),
            account=onboarding.account_of(shop),
            at=clock.now(),
        )
    except MarketplaceError as problem:
        form.add_error(None, problem.message)
        return problem.status_code
    return 200


def _shop(request: HttpRequest, public_id: str) -> Shop:
    return get_object_or_404(Shop.objects.visible_to(request.user), public_id=public_id)
