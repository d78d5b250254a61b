from django.apps import AppConfig

from marketplace.kit.templatetags import pills
from marketplace.pages import states


class PagesConfig(AppConfig):
    """Pages no single app owns. Gives the floor the platform's state words."""

    name = "marketplace.pages"
    label = "pages"

    def ready(self) -> None:
        for kind, table in states.TABLES.items():
            pills.register_table(kind, table)
