"""Becoming a creator, and what a profile shows."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creators.models import Code, Creator, Link
from marketplace.accounts import handles
from marketplace.accounts.models import HandleKind, User
from marketplace.kit.errors import MarketplaceError
from sellers.services import photos

CODE_LENGTH = 20


class AlreadyCreator(MarketplaceError):
    """You have a creator page already; nothing was changed."""

    status_code = 409


class CountryNotServed(MarketplaceError):
    """Creators in this country cannot be paid by this marketplace yet."""


class EmptyName(MarketplaceError):
    """A creator page needs a name. Write the name people know you by."""


def countries() -> list[str]:
    """Give the countries creators may live in: those of the platform's region."""
    for region in settings.PLATFORM_REGIONS.values():
        if settings.PLATFORM_COUNTRY in region["countries"]:
            return list(region["countries"])
    return [settings.PLATFORM_COUNTRY]


def join(
    *, user: User, handle: str, name: str, country: str, at: datetime, bio: str = ""
) -> Creator:
    """Make a person a creator: the profile, its handle, one link and one code.

    The page is public at once; a payout account is asked for only before the first
    payout.

    :raises AlreadyCreator: this person has a profile.
    :raises HandleRefused: the handle's form or word is not allowed.
    :raises HandleTaken: a shop or another creator has it.
    :raises CountryNotServed: the country is outside the platform's region.
    :raises EmptyName: there is no name.
    """
    cleaned = handles.clean(handle)
    if not name.strip():
        raise EmptyName(_("A creator page needs a name."))
    if country not in countries():
        raise CountryNotServed(
            _("Creators in this country cannot be paid by this marketplace yet.")
        )
    if Creator.objects.filter(user=user).exists():
        raise AlreadyCreator
    creator = Creator(
        user=user,
        handle=cleaned,
        name=name.strip(),
        bio=bio.strip(),
        country=country,
        joined_at=at,
    )
    with transaction.atomic():
        handles.take(
            handle=cleaned, kind=HandleKind.CREATOR, reference=creator.public_id
        )
        try:
            with transaction.atomic():
                creator.save(force_insert=True)
        except IntegrityError:
            raise AlreadyCreator from None
        Link.objects.create(creator=creator, slug=cleaned)
        _give_code(creator)
    return creator


def edit(*, creator: Creator, name: str, bio: str) -> Creator:
    """Change what the profile says about the person.

    :raises EmptyName: there is no name.
    """
    if not name.strip():
        raise EmptyName(_("A creator page needs a name."))
    creator.name, creator.bio = name.strip(), bio.strip()
    creator.save(update_fields=["name", "bio"])
    return creator


def set_portrait(*, creator: Creator, file: BinaryIO) -> Creator:
    """Replace a creator's portrait.

    :raises photos.NotAPicture: the file is no picture; the old one stays.
    """
    before = creator.portrait
    creator.portrait = photos.render(
        file=file, folder=f"portraits/{creator.public_id}", widths=(200, 400)
    )
    try:
        creator.save(update_fields=["portrait"])
    except BaseException:
        photos.remove(renditions=creator.portrait)
        raise
    photos.remove(renditions=before)
    return creator


def set_payable(*, creator: Creator, payable: bool) -> None:
    """Record whether the creator's payout account can receive money; pushed down by
    onboarding.
    """
    Creator.objects.filter(pk=creator.pk).update(is_payable=payable)
    creator.is_payable = payable


def _give_code(creator: Creator) -> Code:
    """Give the first free word made from the handle: NINA, NINA2, NINA3."""
    for word in _words(creator.handle):
        try:
            with transaction.atomic():
                return Code.objects.create(creator=creator, word=word)
        except IntegrityError:
            continue
    raise AssertionError("words never end")


def _words(handle: str) -> Iterator[str]:
    stem = re.sub(r"[^A-Z0-9]", "", handle.upper())
    stem = (stem if len(stem) >= 3 else f"{stem}SHOP")[:CODE_LENGTH]
    yield stem
    for number in count(2):
        yield f"{stem[: CODE_LENGTH - len(str(number))]}{number}"
