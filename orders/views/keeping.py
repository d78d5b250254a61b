"""An account after the purchase: one press, and the code that comes by mail."""

from datetime import datetime

from allauth.account import views as sign_in
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from orders.models import Order
from orders.services import keeping


def save(request: HttpRequest, order: Order, *, at: datetime) -> HttpResponse:
    """Make the account of a guest's paid order and ask for the code that was mailed to
    its address; then the order stands in the account.

    :raises keeping.NotPaidYet: the order was not paid.
    """
    account = keeping.account_for(order=order, at=at)
    after = reverse("orders:mine")
    if order.user_id == account.pk:
        after = reverse("orders:my-order", args=[order.public_id])
    request.POST = QueryDict(urlencode({"email": account.email, "next": after}))
    answer: HttpResponse = sign_in.request_login_code(request)
    return answer
