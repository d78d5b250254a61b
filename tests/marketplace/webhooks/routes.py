"""All routes, and the webhook's for as long as the project's own table lacks it."""

from django.urls import include, path

from marketplace import policies, urls

urlpatterns = [
    path("stripe/webhook/", include("marketplace.webhooks.urls")),
    *urls.urlpatterns,
]
ROUTES = {"webhooks:receive": {"POST": policies.SIGNED}, **policies.ROUTES}
