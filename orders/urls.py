from django.urls import path, re_path

from orders.views import (
    addresses,
    buying,
    cards,
    carrying,
    cart,
    checkout,
    konbini,
    link_pages,
    links,
    order,
    postcodes,
    reviews,
    seller,
)

app_name = "orders"
# Under the language prefix, each by its own name.
reviews_urlpatterns = [
    re_path(
        r"^products/(?P<product>prod_[0-9A-Za-z]+)/reviews$",
        reviews.of_product,
        name="of-product",
    ),
]
buying_urlpatterns = [
    path("buy", buying.buy, name="buy"),
    path("buy/<slug:thing>", buying.sheet, name="sheet"),
    path("b/<slug:code>", links.link, name="link"),
]
urlpatterns = [
    path("b/<slug:code>/qr.<slug:kind>", links.qr, name="link-qr"),
    path("cart", cart.page, name="cart"),
    path("cart/add", cart.add, name="cart-add"),
    path("cart/carry/<str:token>", carrying.carry, name="carry"),
    path("cart/code", cart.code, name="cart-code"),
    path("cart/lines/<slug:variant>", cart.line, name="cart-line"),
    path("checkout/return/<slug:order>", checkout.back, name="return"),
    path("checkout/<str:token>", checkout.page, name="checkout"),
    path("o/<str:token>", order.by_link, name="order"),
    path("o/<str:token>/konbini", konbini.by_link, name="konbini"),
    path("o/<str:token>/review/<slug:line>", reviews.by_link, name="review"),
    path("orders/find", order.find, name="find"),
    path("postcodes/<slug:country>", postcodes.place, name="postcodes"),
    path("account/addresses", addresses.listed, name="addresses"),
    path("account/addresses/new", addresses.added, name="address-new"),
    path("account/addresses/<slug:address>", addresses.changed, name="address"),
    path("account/cards", cards.cards, name="cards"),
    path("account/orders", order.my_orders, name="mine"),
    path("account/orders/<slug:order>", order.mine, name="my-order"),
    path("account/orders/<slug:order>/konbini", konbini.mine, name="my-konbini"),
    path(
        "account/orders/<slug:order>/review/<slug:line>",
        reviews.mine,
        name="my-review",
    ),
    path("sell/<slug:shop>/reviews", reviews.of_shop, name="seller-reviews"),
    path("sell/<slug:shop>/reviews/<slug:review>", reviews.reply, name="seller-reply"),
    path("sell/<slug:shop>/links", link_pages.shop_links, name="shop-links"),
    path("sell/<slug:shop>/links/<slug:code>", link_pages.shop_link, name="shop-link"),
    path("create/buy-links", link_pages.creator_links, name="creator-links"),
    path("create/buy-links/<slug:code>", link_pages.creator_link, name="creator-link"),
    path("sell/<slug:shop>/orders", seller.orders, name="seller-orders"),
    path("sell/<slug:shop>/orders/<slug:order>", seller.order, name="seller-order"),
]
