from django.apps import AppConfig


class ProofConfig(AppConfig):
    name = "marketplace.proof"
    label = "proof"
