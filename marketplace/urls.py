"""All routes. Public pages carry a language prefix; what is bound to a token, a form
or a signed-in person does not. Every name here has a row in `marketplace.policies`.
"""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from marketplace.kit import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("account/", include("allauth.urls")),
]
urlpatterns += i18n_patterns()
