"""On what terms a creator earns: collaborations opened by shops, joined by consent."""

from collections.abc import Collection as Several
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creators.models import Collaboration, Creator, FundedBy, Partnership
from marketplace.kit.errors import MarketplaceError
from sellers.models import Shop

# What the commission and a creator's share may take together: the seller keeps a tenth.
MOST_BPS = 9_000


class RateRefused(MarketplaceError):
    """This rate cannot be paid; nothing was opened."""


class DatesRefused(MarketplaceError):
    """A collaboration has to end after it starts; nothing was opened."""


class CollaborationEnded(MarketplaceError):
    """This collaboration has ended and cannot be joined."""

    status_code = 409


class AlreadyJoined(MarketplaceError):
    """You are part of this collaboration already; nothing was changed."""

    status_code = 409


class OwnShop(MarketplaceError):
    """You run this shop: a share of its sales would come from your own money."""

    status_code = 409


class AlreadyLeft(MarketplaceError):
    """You have left this collaboration already; nothing was changed."""

    status_code = 409


@dataclass(frozen=True, slots=True)
class Terms:
    """What a creator earns on a shop's products: basis points of the base, whose
    money it is, and the consent it rests on.
    """

    rate_bps: int
    funded_by: str
    partnership_reference: str


def most_bps(*, funded_by: str) -> int:
    """Give the highest rate that can be paid, in basis points of the base.

    What the platform funds comes out of its commission; what the seller funds must
    leave him a tenth beside the commission.
    """
    if funded_by == FundedBy.PLATFORM:
        return int(settings.PLATFORM_COMMISSION_BPS)
    return max(0, min(8_000, MOST_BPS - int(settings.PLATFORM_COMMISSION_BPS)))


def open(
    *,
    shop: Shop,
    rate_bps: int,
    funded_by: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
) -> Collaboration:
    """Open a collaboration that any creator may join, at a public rate.

    :raises RateRefused: the rate is 0 or more than `most_bps`.
    :raises DatesRefused: it would end before it starts.
    """
    most = most_bps(funded_by=funded_by)
    if not 0 < rate_bps <= most:
        raise RateRefused(
            _("Choose a rate above 0 and up to %(most)s %%. Nothing was opened.")
            % {"most": f"{most / 100:g}"}
        )
    if ends_at is not None and ends_at <= starts_at:
        raise DatesRefused(
            _("The last day must be after the first day. Nothing was opened.")
        )
    return Collaboration.objects.create(
        shop=shop,
        rate_bps=rate_bps,
        funded_by=FundedBy(funded_by),
        starts_at=starts_at,
        ends_at=ends_at,
    )


def end(*, collaboration: Collaboration, at: datetime) -> Collaboration:
    """Close a collaboration from this moment; what was sold before keeps its share.

    One that has not started yet ends right after its start.

    :raises CollaborationEnded: it has ended already.
    """
    ends_at = max(at, collaboration.starts_at + timedelta(microseconds=1))
    ended = Collaboration.objects.filter(pk=collaboration.pk, ends_at=None)
    later = Collaboration.objects.filter(pk=collaboration.pk, ends_at__gt=at)
    if not (ended | later).update(ends_at=ends_at):
        raise CollaborationEnded(_("This collaboration has ended already."))
    collaboration.ends_at = ends_at
    return collaboration


def join(
    *, creator: Creator, collaboration: Collaboration, at: datetime
) -> Partnership:
    """Record the creator's consent: from now on tagged sales of the shop earn.

    :raises CollaborationEnded: its last day has passed.
    :raises OwnShop: the creator runs the shop.
    :raises AlreadyJoined: the consent stands already.
    """
    if collaboration.ends_at is not None and collaboration.ends_at <= at:
        raise CollaborationEnded(_("This collaboration has ended. Choose another one."))
    if collaboration.shop.memberships.filter(user_id=creator.user_id).exists():
        raise OwnShop(
            _("You run this shop: a share of its sales would be your own money.")
        )
    try:
        with transaction.atomic():
            return Partnership.objects.create(
                collaboration=collaboration, creator=creator, joined_at=at
            )
    except IntegrityError:
        raise AlreadyJoined(_("You are part of this collaboration already.")) from None


def leave(*, partnership: Partnership, at: datetime) -> Partnership:
    """Withdraw the consent from this moment. What was sold before still earns.

    :raises AlreadyLeft: it was withdrawn before.
    """
    left = Partnership.objects.filter(pk=partnership.pk, ended_at=None)
    if not left.update(ended_at=at):
        raise AlreadyLeft(_("You have left this collaboration already."))
    partnership.ended_at = at
    return partnership


def terms_for(
    *, creator_ids: Several[int], shop_ids: Several[int], at: datetime
) -> dict[tuple[int, int], Terms]:
    """Give the best running terms of each (creator, shop): the highest rate, of equal
    ones the oldest. Pairs without terms are absent. One query, none for no pairs.

    A rate agreed when the commission was another is capped at what can be paid now:
    a line that takes more than it brings could not be settled.
    """
    if not creator_ids or not shop_ids:
        return {}
    running = (
        Partnership.objects.running(at)
        .filter(creator_id__in=creator_ids, collaboration__shop_id__in=shop_ids)
        .select_related("collaboration")
        .order_by("-collaboration__rate_bps", "pk")
    )
    best: dict[tuple[int, int], Terms] = {}
    for partnership in running:
        collaboration = partnership.collaboration
        funded_by = str(collaboration.funded_by)
        rate_bps = min(collaboration.rate_bps, most_bps(funded_by=funded_by))
        pair = (partnership.creator_id, collaboration.shop_id)
        if rate_bps > 0 and (pair not in best or rate_bps > best[pair].rate_bps):
            best[pair] = Terms(
                rate_bps=rate_bps,
                funded_by=funded_by,
                partnership_reference=partnership.public_id,
            )
    return best
