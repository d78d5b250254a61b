"""“Tell me when it is back”: asking for it without an account, and ending it."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from marketplace.kit import clock
from marketplace.kit.errors import MarketplaceError
from sellers import queries
from sellers.forms import visitors as forms
from sellers.models import Product
from sellers.services import stock_alerts

UNPROCESSABLE = 422


@never_cache
def ask(request: HttpRequest, product: str) -> HttpResponse:
    """Note where to write when a variant is back. The answer says nothing of whether the
    address was known, and the page works without scripts.
    """
    found = queries.live_product(product)
    variants = [one for one in found.variants.all() if one.is_active]
    if request.method != "POST":
        return _page(request, found, forms.StockAlertForm())
    form = forms.StockAlertForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=UNPROCESSABLE)
    wanted = form.cleaned_data["variant"]
    variant = next((one for one in variants if one.public_id == wanted), None)
    if variant is None:
        form.add_error(None, _("Choose what you wait for."))
        return _page(request, found, form, status=UNPROCESSABLE)
    try:
        stock_alerts.ask(
            variant=variant,
            email=form.cleaned_data["email"],
            language=get_language() or "",
            ip=get_adapter().get_client_ip(request),
            at=clock.now(),
        )
    except MarketplaceError as problem:
        form.add_error(None, problem.message)
        return _page(request, found, form, status=problem.status_code)
    words = _("We write to %(email)s once, when it is back.")
    said = words % {"email": form.cleaned_data["email"]}
    messages.success(request, said, extra_tags=f"told-{found.public_id}")
    return redirect(_back(form.cleaned_data["back"], found))


def _page(
    request: HttpRequest,
    product: Product,
    form: forms.StockAlertForm,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"product": product, "shop": product.shop, "form": form}
    return render(request, "sellers/notify.html", context, status=status)


def _back(wanted: str, product: Product) -> str:
    """Give the page somebody came from, if it is ours, else the product's."""
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts=None
    )
    return wanted if is_ours else product.get_absolute_url()


# A mail program presses this by itself (RFC 8058) and knows no cookie of ours; the
# address is signed.
@csrf_exempt
@never_cache
def off(request: HttpRequest, token: str) -> HttpResponse:
    """End all mails of this kind to the address that the mail went to."""
    stock_alerts.check(token=token)
    if request.method == "POST":
        stock_alerts.stop(token=token)
    context = {"is_off": request.method == "POST"}
    return render(request, "sellers/alert_off.html", context)
