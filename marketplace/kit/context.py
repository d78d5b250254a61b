from django.conf import settings
from django.http import HttpRequest

from marketplace.kit import clock, consent


def site(request: HttpRequest) -> dict[str, object]:
    """Give every template the platform's name, address and whether it is a sandbox."""
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "is_sandbox": clock.is_movable(),
        "platform_country": settings.PLATFORM_COUNTRY,
        "is_consent_asked": consent.is_asked(request),
    }
