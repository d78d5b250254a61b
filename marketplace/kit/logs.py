"""Logs hold ids, never what could open an order, a cart or an account."""

import logging
import re

SECRETS = re.compile(
    r"(/(?:o|checkout|cart/carry|cart)/)[A-Za-z0-9_.:-]{8,}"
    r"|((?:via|token|signature|bag)=|[?&]key=)[^&\s]+"
    r"|\b(?:sk|whsec|rk)_[A-Za-z0-9_]+|[\w.+-]+@[\w-]+\.[\w.]+"
)
# As a card's number is written: 13 to 19 digits, alone or in groups (ISO/IEC 7812-1).
CARD_LIKE = re.compile(r"(?<!\w)(?<!\d\.)\d(?:[ -]?\d){12,18}(?!\w|\.\d)")


class Redact(logging.Filter):
    """Replaces tokens in paths, keys, e-mail addresses and what may be a card's number
    by a mark. None of our forms asks for one; a buyer may type it into any field.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        written = record.getMessage()
        redacted = SECRETS.sub(
            lambda m: f"{m.group(1) or m.group(2) or ''}[redacted]", written
        )
        redacted = CARD_LIKE.sub(_without_card_number, redacted)
        if redacted != written:
            record.msg, record.args = redacted, ()
        return True


def _without_card_number(found: re.Match[str]) -> str:
    digits = [int(sign) for sign in found.group() if sign.isdecimal()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    is_card = (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return "[redacted]" if is_card else found.group()
