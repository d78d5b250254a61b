"""Public ids: short, random, readable in a URL; whole-number keys stay inside."""

import secrets
from functools import partial

from django.db import models

# No vowels and nothing that looks like another: no words appear, none is misread.
ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXZbcdfghjkmnpqrstvwxz"
LENGTH = 14


def new(prefix: str) -> str:
    """Make an id such as `ord_8Kf3…`, of about 77 random bits."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def field(prefix: str) -> "models.CharField[str, str]":
    """Make the `public_id` column of a model."""
    return models.CharField(
        max_length=24, unique=True, editable=False, default=partial(new, prefix)
    )
