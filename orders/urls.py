from django.urls import path

from orders.views import cards, cart, checkout, konbini, order, seller

app_name = "orders"
urlpatterns = [
    path("cart", cart.page, name="cart"),
    path("cart/add", cart.add, name="cart-add"),
    path("cart/code", cart.code, name="cart-code"),
    path("cart/lines/<slug:variant>", cart.line, name="cart-line"),
    path("checkout/return/<slug:order>", checkout.back, name="return"),
    path("checkout/<str:token>", checkout.page, name="checkout"),
    path("o/<str:token>", order.by_link, name="order"),
    path("o/<str:token>/konbini", konbini.by_link, name="konbini"),
    path("orders/find", order.find, name="find"),
    path("account/cards", cards.cards, name="cards"),
    path("account/orders", order.my_orders, name="mine"),
    path("account/orders/<slug:order>", order.mine, name="my-order"),
    path("account/orders/<slug:order>/konbini", konbini.mine, name="my-konbini"),
    path("sell/<slug:shop>/orders", seller.orders, name="seller-orders"),
    path("sell/<slug:shop>/orders/<slug:order>", seller.order, name="seller-order"),
]
