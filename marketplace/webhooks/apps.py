from django.apps import AppConfig
from django.core import checks

from marketplace import gateway


class WebhooksConfig(AppConfig):
    name = "marketplace.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        # The gateway has no rows and so no app of its own to bring its check along.
        checks.register(gateway.check_settings)
