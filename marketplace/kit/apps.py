from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "marketplace.kit"
    label = "kit"
