"""A code by mail before what only the owner of the mailbox may ask for.

The code lies hashed in the session that asked, for ten minutes and five tries.
"""

import secrets
import time
import unicodedata
from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac

from marketplace.accounts import emails
from marketplace.accounts.models import User
from marketplace.kit import limits
from marketplace.kit.errors import MarketplaceError

KEY = "confirming"
SECONDS = 600
TRIES = 5
MAILS_PER_HOUR = 6


class WrongCode(MarketplaceError):
    """This is not the code we sent. Nothing was done; look at the newest mail."""

    status_code = 422


class CodeOver(MarketplaceError):
    """The code is no longer valid. Nothing was done; ask for a new one."""

    status_code = 409


def send(*, session: Any, user: User, purpose: str) -> None:
    """Mail a new code to a person; an earlier one is void.

    :raises limits.TooMany: too many codes within an hour.
    """
    limits.count(f"confirm:{user.pk}", limit=MAILS_PER_HOUR, seconds=3600)
    code = f"{secrets.randbelow(1_000_000):06}"
    session[KEY] = {
        "purpose": purpose,
        "hash": _hash(user, purpose, code),
        # Of a sign-in, so on real time, as its session is.
        "until": time.time() + SECONDS,
        "tries": 0,
    }
    emails.send_code(to=user.email, code=code)


def is_sent(*, session: Any, purpose: str) -> bool:
    """Say whether a code of this purpose is out."""
    kept = session.get(KEY) or {}
    return bool(kept.get("purpose") == purpose and kept["until"] > time.time())


def check(*, session: Any, user: User, purpose: str, typed: str) -> None:
    """Use up a code.

    :raises CodeOver: none is out for this, it is old, or it was tried too often.
    :raises WrongCode: it is another one.
    """
    if not is_sent(session=session, purpose=purpose):
        raise CodeOver
    kept = session[KEY]
    if kept["tries"] >= TRIES:
        del session[KEY]
        raise CodeOver
    code = "".join(unicodedata.normalize("NFKC", typed).split())
    if not constant_time_compare(kept["hash"], _hash(user, purpose, code)):
        session[KEY] = {**kept, "tries": kept["tries"] + 1}
        raise WrongCode
    del session[KEY]


def _hash(user: User, purpose: str, code: str) -> str:
    return salted_hmac(f"confirming:{user.pk}:{purpose}", code).hexdigest()
