"""Following a creator or shop by the handle."""

from datetime import datetime

from creators.models import Follow
from marketplace.accounts.models import Handle, User
from marketplace.kit import limits
from marketplace.kit.errors import MarketplaceError, NotFound

MOST = 500
PER_HOUR = 120


class TooManyFollowed(MarketplaceError):
    """You follow as many as one can. Nothing was changed; stop following one first."""

    status_code = 409


def handle_of(handle: str) -> Handle:
    """Give a handle by its word; one query.

    :raises NotFound: nobody bears it.
    """
    found = Handle.objects.filter(handle=handle.lower()).first()
    if found is None:
        raise NotFound
    return found


def follow(*, user: User, handle: Handle, at: datetime) -> bool:
    """Follow the bearer of a handle. Returns whether that is new.

    :raises limits.TooMany: changed too often within an hour.
    :raises TooManyFollowed: MOST are followed.
    """
    _count(user)
    if Follow.objects.visible_to(user).count() >= MOST:
        raise TooManyFollowed
    _row, made = Follow.objects.get_or_create(
        user=user, handle=handle, defaults={"followed_at": at}
    )
    return made


def unfollow(*, user: User, handle: Handle) -> bool:
    """Follow somebody no more. Returns whether that changed anything.

    :raises limits.TooMany: changed too often within an hour.
    """
    _count(user)
    deleted, _by_model = Follow.objects.visible_to(user).filter(handle=handle).delete()
    return bool(deleted)


def _count(user: User) -> None:
    limits.count(f"follow:{user.pk}", limit=PER_HOUR, seconds=3600)
