"""Jobs of a person's own data. Each may run twice."""

from datetime import datetime

from marketplace.accounts import privacy
from marketplace.accounts.models import PrivacyRequest
from marketplace.kit import clock


def make_export(*, request_id: int) -> None:
    """Make the copy somebody asked for."""
    request = PrivacyRequest.objects.select_related("user").get(pk=request_id)
    privacy.make_export(request=request, at=clock.now())


def mail(*, request_id: int) -> None:
    """Tell a person how a request stands."""
    privacy.mail(request=PrivacyRequest.objects.get(pk=request_id))


def erase_due(*, at: datetime) -> None:
    """Erase the people whose day has come."""
    privacy.erase_due(at=at)


def drop_old_exports(*, at: datetime) -> None:
    """Delete the copies whose days are over."""
    privacy.drop_old_exports(at=at)
