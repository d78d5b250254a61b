import contextlib
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from marketplace.kit.templatetags import pills
from marketplace.pages import states
from marketplace.pages.translations import catalogues


class PagesConfig(AppConfig):
    """Pages no single app owns. Gives the floor the platform's state words."""

    name = "marketplace.pages"
    label = "pages"

    def ready(self) -> None:
        for kind, table in states.TABLES.items():
            pills.register_table(kind, table)
        # Where the folder is not ours to write, the release has compiled it; the system
        # check tells if not.
        with contextlib.suppress(OSError):
            catalogues.compile_stale(root=settings.BASE_DIR)
        checks.register(_compiled)


def _compiled(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Tell of catalogues that are not compiled: their pages would be English."""
    stale = [
        language
        for language in catalogues.languages()
        if catalogues.is_stale(language, root=settings.BASE_DIR)
    ]
    if not stale:
        return []
    return [
        checks.Warning(
            f"The translations are not compiled: {', '.join(stale)}.",
            hint="Run any command of manage.py where locale/ can be written.",
            id="pages.W001",
        )
    ]
