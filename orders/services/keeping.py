"""An account for a guest who has just bought: made when he asks, entered by a code that
goes to the address of his order.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from marketplace.accounts.models import User
from marketplace.kit.errors import MarketplaceError
from orders.models import Order
from orders.services import addresses


class NotPaidYet(MarketplaceError):
    """Once the order is paid, it can be kept in an account."""

    status_code = 409


def account_for(*, order: Order, at: datetime) -> User:
    """Give the account of the order's e-mail, made now if there is none: with the name,
    the language and the address of the order, the order in it, and without a password.
    Nobody gets into it but by that mailbox. An older account is left as it is.

    :raises NotPaidYet: the order was not paid.
    """
    if order.paid_at is None:
        raise NotPaidYet
    known = User.objects.filter(email__iexact=order.email).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            made = User.objects.create_user(
                order.email, name=order.address.name, language=order.language
            )
            # Verified by the code, which is all that leads in.
            EmailAddress.objects.create(
                user=made, email=made.email, verified=False, primary=True
            )
            Order.objects.filter(pk=order.pk, user=None).update(user=made)
    except IntegrityError:
        # Asked for twice at once.
        return User.objects.get(email__iexact=order.email)
    order.refresh_from_db()
    addresses.keep_that_of(order=order, at=at)
    return made
