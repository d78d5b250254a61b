"""The webhook route alone, under the platform's real middleware."""

from django.urls import include, path

from marketplace import policies

urlpatterns = [path("stripe/webhook/", include("marketplace.webhooks.urls"))]
ROUTES = {"webhooks:receive": {"POST": policies.SIGNED}}
