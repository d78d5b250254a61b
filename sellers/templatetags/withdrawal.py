"""`{% load withdrawal %}`: what a buyer reads where he cannot simply change his mind."""

from django import template
from django.utils.translation import gettext_lazy as _

from sellers.models import NEVER_WITHDRAWN, WithdrawalException

register = template.Library()

WORDS = {
    WithdrawalException.CUSTOM_MADE: _(
        "Made to your own measure or wish: you cannot change your mind about it."
    ),
    WithdrawalException.PERISHABLE: _(
        "It spoils or expires quickly: you cannot change your mind about it."
    ),
    WithdrawalException.SEALED_HYGIENE: _(
        "Sealed for health or hygiene: you can change your mind while the seal is"
        " unbroken."
    ),
    WithdrawalException.SEALED_RECORDING: _(
        "A sealed recording or program: you can change your mind while the seal is"
        " unbroken."
    ),
}


@register.filter
def withdrawal_limit(exception: str) -> str:
    """Say in a sentence how far one may withdraw from a thing; empty without a limit."""
    return str(WORDS[WithdrawalException(exception)]) if exception else ""


@register.filter
def is_never_withdrawn(exception: str) -> bool:
    """Say whether it is not even while its seal is unbroken."""
    return exception in NEVER_WITHDRAWN
