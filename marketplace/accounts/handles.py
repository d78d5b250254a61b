"""Handles: one name space under `/@` for shops and creators."""

import re

from django.db import IntegrityError, transaction

from marketplace.accounts.models import Handle, HandleKind
from marketplace.kit.errors import MarketplaceError

FORM = re.compile(r"^[a-z0-9][a-z0-9._-]{1,28}[a-z0-9]$")
RESERVED = frozenset(
    [
        "about",
        "account",
        "admin",
        "api",
        "app",
        "cart",
        "checkout",
        "create",
        "creator",
        "creators",
        "help",
        "home",
        "legal",
        "live",
        "login",
        "logout",
        "me",
        "order",
        "orders",
        "payout",
        "payouts",
        "platform",
        "post",
        "posts",
        "product",
        "products",
        "root",
        "search",
        "sell",
        "seller",
        "sellers",
        "settings",
        "shop",
        "shops",
        "staff",
        "support",
        "system",
        "www",
    ]
)


class HandleTaken(MarketplaceError):
    """This handle belongs to someone already. Choose another."""

    status_code = 409


class HandleRefused(MarketplaceError):
    """A handle has 3 to 30 small letters, digits, dots, dashes or underscores, and
    begins and ends with a letter or digit.
    """


def clean(handle: str) -> str:
    """Bring a typed handle into its one form, without the `@`.

    :raises HandleRefused: when it has another form or is a reserved word.
    """
    cleaned = handle.strip().lower().removeprefix("@")
    if not FORM.fullmatch(cleaned) or cleaned in RESERVED:
        raise HandleRefused
    return cleaned


def take(*, handle: str, kind: HandleKind, reference: str) -> Handle:
    """Give a handle to a shop or creator, by its public id.

    :raises HandleRefused: for a form or word that is not allowed.
    :raises HandleTaken: when someone has it.
    """
    try:
        with transaction.atomic():
            return Handle.objects.create(
                handle=clean(handle), kind=kind, reference=reference
            )
    except IntegrityError:
        raise HandleTaken from None


def suggest(handle: str) -> list[str]:
    """Give up to three free handles near one that is taken."""
    base = re.sub(r"[^a-z0-9._-]", "", handle.lower())[:24].strip("._-") or "shop"
    wanted = [f"{base}.{end}" for end in ("shop", "studio", "home", "co", "2")]
    taken = set(
        Handle.objects.filter(handle__in=wanted).values_list("handle", flat=True)
    )
    return [name for name in wanted if name not in taken and FORM.fullmatch(name)][:3]
