"""A creator's code and link, and the count of clicks that knows no visitor."""

import unicodedata
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from creators.models import ClickCount, Creator
from creators.services import attribution


def creator_of_code(*, word: str) -> Creator | None:
    """Give the creator whose code was typed, in any case and width of spelling."""
    typed = "".join(unicodedata.normalize("NFKC", word).split()).upper()
    return Creator.objects.filter(code__word=typed).first() if typed else None


def count_click(*, source: attribution.Source, at: datetime) -> bool:
    """Add one to the day's count of a source: a number, and nothing about who.

    Returns False for a source that is gone, and counts nothing then.
    """
    creator_id = attribution.resolve_sources(sources=[source]).get(source)
    if creator_id is None:
        return False
    row = {"source_type": source.type, "source_id": source.id, "day": at.date()}
    counted = ClickCount.objects.filter(**row)
    if counted.update(clicks=F("clicks") + 1):
        return True
    try:
        with transaction.atomic():
            ClickCount.objects.create(**row, creator_id=creator_id, clicks=1)
    except IntegrityError:  # the day's first click came twice at once
        counted.update(clicks=F("clicks") + 1)
    return True
