"""Terms: what creators may join, and what a shop offers them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from creators import forms, queries
from creators.models import Collaboration, FundedBy, Partnership
from creators.services import partnerships
from creators.views.studio import HOUR, own, refused
from marketplace.kit import clock, limits
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.pagination import page_of
from sellers.models import MembershipRole, Shop


def collaborations(request: HttpRequest) -> HttpResponse:
    """What the creator has joined, and what is open to join."""
    creator, at = own(request), clock.now()
    joined = list(queries.running_partnerships(creator, at))
    offers = queries.open_collaborations(at).exclude(
        pk__in=[partnership.collaboration_id for partnership in joined]
    )
    return render(
        request,
        "creators/collaborations.html",
        {
            "creator": creator,
            "joined": joined,
            "page": page_of(offers, request),
        },
    )


def collaboration(request: HttpRequest, public_id: str) -> HttpResponse:
    """The terms of one collaboration; joining is consent to exactly these."""
    creator, at = own(request), clock.now()
    offer = get_object_or_404(
        Collaboration.objects.select_related("shop"), public_id=public_id
    )
    if request.method == "POST":
        limits.count(f"partnerships:{request.user.pk}", limit=60, seconds=HOUR)
        try:
            partnerships.join(creator=creator, collaboration=offer, at=at)
        except MarketplaceError as problem:
            messages.error(request, problem.message)
        else:
            messages.success(
                request,
                _("You joined. Sales of %(shop)s you cause now earn you a share.")
                % {"shop": offer.shop.name},
            )
        return redirect("create:collaborations")
    return render(
        request,
        "creators/collaboration.html",
        {
            "creator": creator,
            "offer": offer,
            "partnership": offer.partnerships.filter(
                creator=creator, ended_at=None
            ).first(),
            "is_over": offer.ends_at is not None and offer.ends_at <= at,
            "back_url": "/create/collaborations",
        },
    )


def leave(request: HttpRequest, public_id: str) -> HttpResponse:
    """Withdraw the consent from now on."""
    partnership = get_object_or_404(
        Partnership,
        creator=own(request),
        collaboration__public_id=public_id,
        ended_at=None,
    )
    partnerships.leave(partnership=partnership, at=clock.now())
    messages.success(
        request, _("You left. What was sold before still earns you your share.")
    )
    return redirect("create:collaborations")


# --- the seller's side --------------------------------------------------------------
def shop_collaborations(request: HttpRequest, shop: str) -> HttpResponse:
    """What a shop offers creators; its owner opens and ends it."""
    own_shop, at = _own_shop(request, shop), clock.now()
    form = forms.CollaborationForm(request.POST or None, today=at.date())
    if request.method == "POST" and form.is_valid():
        limits.count(f"collaborations:{request.user.pk}", limit=30, seconds=HOUR)
        try:
            partnerships.open(
                shop=own_shop,
                rate_bps=form.rate_bps(),
                funded_by=FundedBy.SELLER,
                starts_at=form.starts_at(at),
                ends_at=form.ends_at(),
            )
        except partnerships.DatesRefused as problem:
            refused(form, problem, "last_date")
        except MarketplaceError as problem:
            refused(form, problem, "rate")
        else:
            messages.success(request, _("The collaboration is open to creators."))
            return redirect("create:shop-collaborations", own_shop.public_id)
    return render(
        request,
        "creators/shop_collaborations.html",
        {
            "shop": own_shop,
            "form": form,
            "now": at,
            "page": page_of(queries.collaborations_of(own_shop), request),
        },
        status=422 if form.errors else 200,
    )


def shop_collaboration_end(
    request: HttpRequest, shop: str, public_id: str
) -> HttpResponse:
    """End a collaboration from now on; what was sold before keeps its share."""
    own_shop = _own_shop(request, shop)
    offer = get_object_or_404(own_shop.collaborations, public_id=public_id)
    try:
        partnerships.end(collaboration=offer, at=clock.now())
    except MarketplaceError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(
            request, _("The collaboration has ended. What was sold keeps its share.")
        )
    return redirect("create:shop-collaborations", own_shop.public_id)


def _own_shop(request: HttpRequest, shop: str) -> Shop:
    """Give a shop this person owns; staff of a shop do not set its terms."""
    return get_object_or_404(
        Shop,
        public_id=shop,
        memberships__user=request.user,
        memberships__role=MembershipRole.OWNER,
    )
