"""All routes. Public pages carry a language prefix; what is bound to a token, a form
or a signed-in person does not. Every name here has a row in `marketplace.policies`.
"""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from creators import urls as creators_urls
from marketplace.kit import health, media
from marketplace.pages import urls as pages_urls
from marketplace.pages.views import choosing
from orders import urls as orders_urls
from sellers import urls as sellers_urls

handler400 = "marketplace.pages.views.failures.bad_request"
handler403 = "marketplace.pages.views.failures.forbidden"
handler404 = "marketplace.pages.views.failures.not_found"
handler500 = "marketplace.pages.views.failures.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("media/<path:path>", media.serve, name="media"),
    path("admin/", admin.site.urls),
    path("account/", include("allauth.urls")),
    path("language", choosing.choose_language, name="set_language"),
    path("", include((pages_urls.site_urlpatterns, "site"))),
    path("", include((pages_urls.account_urlpatterns, "account"))),
    path("", include("sellers.urls")),
    path("", include("creators.urls")),
    path("", include("orders.urls")),
    path("", include("payouts.urls")),
    path("stripe/webhook/", include("marketplace.webhooks.urls")),
]
urlpatterns += i18n_patterns(
    path("", include("marketplace.pages.urls")),
    path("", include((sellers_urls.public_urlpatterns, "sellers"))),
    path("", include((creators_urls.public_urlpatterns, "creators"))),
    path("", include((orders_urls.reviews_urlpatterns, "reviews"))),
    path("", include((orders_urls.buying_urlpatterns, "buying"))),
)
