"""Logs hold ids, never what could open an order, a cart or an account."""

import logging
import re

SECRETS = re.compile(
    r"(/(?:o|checkout|cart)/)[A-Za-z0-9_.:-]{8,}|((?:via|token|signature)=)[^&\s]+"
    r"|\b(?:sk|whsec|rk)_[A-Za-z0-9_]+|[\w.+-]+@[\w-]+\.[\w.]+"
)


class Redact(logging.Filter):
    """Replaces tokens in paths, keys and e-mail addresses by a mark."""

    def filter(self, record: logging.LogRecord) -> bool:
        written = record.getMessage()
        redacted = SECRETS.sub(
            lambda m: f"{m.group(1) or m.group(2) or ''}[redacted]", written
        )
        if redacted != written:
            record.msg, record.args = redacted, ()
        return True
