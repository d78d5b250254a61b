"""The addresses a buyer keeps: several, one of them the default."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from marketplace.accounts.models import User
from marketplace.kit.errors import MarketplaceError
from orders.models import Order, SavedAddress

MOST = 20
PARTS = ("name", "line1", "postal_code", "city", "region", "country")


class TooManyAddresses(MarketplaceError):
    """You keep as many addresses as you can. Nothing was changed; remove one first."""

    status_code = 409


class AddressKept(MarketplaceError):
    """You keep this address already. Nothing was changed."""

    status_code = 409


def written(address: SavedAddress) -> dict[str, str]:
    """Give an address as a form takes it."""
    return {part: getattr(address, part) for part in PARTS}


def default_of(*, user: User) -> SavedAddress | None:
    """Give the address a checkout is filled in with; one query."""
    return SavedAddress.objects.visible_to(user).filter(is_default=True).first()


def keep(
    *, user: User, address: Mapping[str, str], is_default: bool, at: datetime
) -> SavedAddress:
    """Keep an address; the first is the default whatever was asked. One that is kept
    already stays as it is, and becomes the default if that is asked.

    :raises TooManyAddresses: there are MOST of them.
    """
    parts = {part: address.get(part, "") for part in PARTS}
    with transaction.atomic():
        _lock(user)
        mine = SavedAddress.objects.visible_to(user)
        found = mine.filter(**parts).first()
        number = mine.count()
        if found is None:
            if number >= MOST:
                raise TooManyAddresses
            found = SavedAddress.objects.create(
                user=user, **parts, is_default=False, kept_at=at
            )
        if is_default or number == 0:
            _make_default(found)
    return found


def keep_that_of(*, order: Order, at: datetime) -> None:
    """Keep where an order goes, for its buyer; with all he can keep, nothing happens."""
    if order.user is None:
        return
    sent = order.address
    parts = {part: getattr(sent, part) for part in PARTS}
    try:
        keep(user=order.user, address=parts, is_default=False, at=at)
    except TooManyAddresses:
        return


def change(
    *, address: SavedAddress, to: Mapping[str, str], is_default: bool
) -> SavedAddress:
    """Write an address anew. The default stays the default until another is.

    :raises AddressKept: that would be another one of the same person's.
    """
    parts = {part: to.get(part, "") for part in PARTS}
    with transaction.atomic():
        _lock(address.user)
        mine = SavedAddress.objects.visible_to(address.user)
        if mine.filter(**parts).exclude(pk=address.pk).exists():
            raise AddressKept
        mine.filter(pk=address.pk).update(**parts)
        address.refresh_from_db()
        if is_default:
            _make_default(address)
    return address


def make_default(*, address: SavedAddress) -> None:
    """Fill in this address at the checkout from now on."""
    with transaction.atomic():
        _lock(address.user)
        _make_default(address)


def remove(*, address: SavedAddress) -> None:
    """Forget an address; of those that are left the one kept last becomes the default."""
    with transaction.atomic():
        _lock(address.user)
        mine = SavedAddress.objects.visible_to(address.user)
        mine.filter(pk=address.pk).delete()
        left = mine.in_order().first()
        if left is not None and not left.is_default:
            _make_default(left)


def _lock(user: User) -> None:
    """Let one request at a time change a person's addresses."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _make_default(address: SavedAddress) -> None:
    mine = SavedAddress.objects.visible_to(address.user)
    mine.filter(is_default=True).exclude(pk=address.pk).update(is_default=False)
    mine.filter(pk=address.pk).update(is_default=True)
    address.is_default = True
