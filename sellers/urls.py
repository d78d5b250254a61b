"""Two lists: what the public reads (`sellers`, under the language prefix) and a
shop's back office (`sell`).
"""

from django.urls import path, re_path

from sellers.views import (
    products,
    public,
    questions,
    search,
    shop,
    stock_alerts,
)

app_name = "sell"
# A public id holds no dash, so the slug begins at the first one.
PRODUCT = r"^products/(?P<product>prod_[0-9A-Za-z]+)"
public_urlpatterns = [
    path("search", search.results, name="search"),
    path("c/<slug:category>", search.category, name="category"),
    re_path(rf"{PRODUCT}-(?P<slug>[-a-zA-Z0-9_]*)$", public.product, name="product"),
    re_path(rf"{PRODUCT}/ask$", questions.ask, name="ask"),
    re_path(rf"{PRODUCT}/notify$", stock_alerts.ask, name="notify"),
    path("alerts/off/<str:token>", stock_alerts.off, name="alert-off"),
    re_path(rf"{PRODUCT}/questions$", questions.of_product, name="questions"),
    re_path(rf"{PRODUCT}$", public.product, name="product-short"),
]
urlpatterns = [
    path("sell/", shop.choose, name="choose"),
    path("sell/start", shop.start, name="start"),
    path("sell/<str:shop>/", shop.home, name="home"),
    path("sell/<str:shop>/products", products.products, name="products"),
    path("sell/<str:shop>/products/new", products.new, name="product-new"),
    path("sell/<str:shop>/products/<str:product>", products.product, name="product"),
    path(
        "sell/<str:shop>/products/<str:product>/publish",
        products.publish,
        name="publish",
    ),
    path("sell/<str:shop>/products/<str:product>/hide", products.hide, name="hide"),
    path(
        "sell/<str:shop>/products/<str:product>/variants",
        products.variants,
        name="variants",
    ),
    path(
        "sell/<str:shop>/products/<str:product>/photos",
        products.upload,
        name="photos",
    ),
    path(
        "sell/<str:shop>/products/<str:product>/photos/<int:photo>",
        products.photo,
        name="photo",
    ),
    path("sell/<str:shop>/questions", questions.of_shop, name="questions"),
    path(
        "sell/<str:shop>/questions/<str:question>",
        questions.question,
        name="question",
    ),
    path("sell/<str:shop>/receives", products.receives, name="receives"),
    path("sell/<str:shop>/delivery", shop.delivery_prices, name="delivery"),
    path("sell/<str:shop>/profile", shop.profile, name="profile"),
]
