"""Public ids: short, random, readable in a URL; whole-number keys stay inside."""

import secrets
from functools import partial

from django.db import models

# No vowels and nothing that looks like another: no words appear, none is misread.
ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXZbcdfghjkmnpqrstvwxz"
LENGTH = 14
# Each byte becomes a letter; the last few, which would favour some, are left out.
_LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
_UNEVEN = bytes(range(256 - 256 % len(ALPHABET), 256))


def new(prefix: str) -> str:
    """Make an id such as `ord_8Kf3…`, of about 77 random bits."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def many(prefix: str, number: int) -> list[str]:
    """Make so many ids at once, of the same randomness and much faster."""
    letters = ""
    while len(letters) < number * LENGTH:
        found = secrets.token_bytes(number * LENGTH + 64)
        letters += found.translate(_LETTERS, _UNEVEN).decode()
    return [
        f"{prefix}_{letters[start : start + LENGTH]}"
        for start in range(0, number * LENGTH, LENGTH)
    ]


def field(prefix: str) -> "models.CharField[str, str]":
    """Make the `public_id` column of a model."""
    return models.CharField(
        max_length=24, unique=True, editable=False, default=partial(new, prefix)
    )
