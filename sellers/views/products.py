"""A shop's products in its back office: the list, the form, photos and variants."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from marketplace.kit import clock, limits, pagination
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.leading import lead
from sellers import queries
from sellers.forms import products as forms
from sellers.models import Product, ProductStatus, Shop
from sellers.services import catalog, earnings, listings, photos

PRODUCTS_PER_PAGE = 20
UPLOADS_PER_HOUR = 200
UNPROCESSABLE = 422
TABS = {
    "": gettext_lazy("All"),
    ProductStatus.LIVE: gettext_lazy("Live"),
    ProductStatus.DRAFT: gettext_lazy("Draft"),
    ProductStatus.HIDDEN: gettext_lazy("Hidden"),
}


@never_cache
def products(request: HttpRequest, shop: str) -> HttpResponse:
    """List a shop's products by state, with price and stock."""
    found = queries.shop_of(user=request.user, public_id=shop)
    tab = request.GET.get("state", "")
    tab = tab if tab in TABS else ""
    words = request.GET.get("q", "").replace("\x00", "")[:80]
    counts = queries.products_by_status(shop=found)
    numbers = {"": sum(counts.values()), **counts}
    rows = queries.back_office_list(shop=found, status=tab, words=words)
    page = pagination.page_of(rows, request, per_page=PRODUCTS_PER_PAGE)
    context = {
        "shop": found,
        "tab": tab,
        "words": words,
        "tabs": [(key, name, numbers[key]) for key, name in TABS.items()],
        "page": page,
        "rows": [_row(product) for product in page],
    }
    return render(request, "sellers/products.html", context)


def _row(product: Product) -> dict[str, Any]:
    """Sum what a line of the list says about its product; no query."""
    on_sale = [one for one in product.variants.all() if one.is_active]
    prices = {one.price_amount for one in on_sale}
    left = sum(one.available for one in on_sale)
    is_gone = product.is_live and left == 0
    return {
        "product": product,
        "price_amount": min(prices, default=None),
        "has_prices": len(prices) > 1,
        "variants": len(on_sale),
        "left": left,
        "held": sum(one.reserved for one in on_sale),
        "state": "sold_out" if is_gone else product.status,
    }


@never_cache
def new(request: HttpRequest, shop: str) -> HttpResponse:
    """Add a product: photo first, then title, price and stock."""
    found = queries.shop_of(user=request.user, public_id=shop)
    form = forms.NewProductForm(request.POST or None, request.FILES or None, shop=found)
    if request.method == "POST" and form.is_valid():
        product = _create(request, found, form)
        if product is not None:
            return _created(request, product)
    context = {
        "shop": found,
        "form": form,
        "receives": _receives(found, form["price"].value()),
    }
    status = UNPROCESSABLE if form.is_bound and form.errors else 200
    return render(request, "sellers/product_new.html", context, status=status)


def _create(
    request: HttpRequest, shop: Shop, form: forms.NewProductForm
) -> Product | None:
    pictures = form.cleaned_data["photos"]
    try:
        _count_uploads(request, len(pictures))
        return listings.create(
            shop=shop,
            title=form.cleaned_data["title"],
            description=form.cleaned_data["description"],
            category=form.cleaned_data["category"],
            option_names=form.option_names(),
            variants=form.variants(),
            pictures=pictures,
            withdrawal_exception=form.cleaned_data["withdrawal_exception"],
            at=clock.now(),
        )
    except listings.PhotoRefused as problem:
        form.add_error("photos", _numbered(problem, len(pictures)))
    except catalog.EmptyTitle as problem:
        form.add_error("title", problem.message)
    except MarketplaceError as problem:
        form.add_error(None, problem.message)
    return None


def _created(request: HttpRequest, product: Product) -> HttpResponse:
    if request.POST.get("do") == "publish":
        _publish(request, product)
    else:
        messages.success(request, _("The draft is kept."))
    return _led(request, product)


@never_cache
def product(request: HttpRequest, shop: str, product: str) -> HttpResponse:
    """Edit a product: its words, and a row for each variant."""
    found = _found(request, shop, product)
    form = forms.ProductForm(
        request.POST or None,
        initial={
            "title": found.title,
            "description": found.description,
            "category": found.category,
            "needs_full_page": found.needs_full_page,
            "withdrawal_exception": found.withdrawal_exception,
        },
    )
    rows = _variant_rows(found, request.POST if request.method == "POST" else None)
    valid = [form.is_valid(), *(row["form"].is_valid() for row in rows)]
    if request.method == "POST" and all(valid) and _save(found, form, rows):
        if request.POST.get("do") == "publish":
            _publish(request, found)
        else:
            messages.success(request, _("Saved."))
        return _to(found)
    return _page(request, found, form=form, rows=rows)


def _variant_rows(product: Product, data: Any = None) -> list[dict[str, Any]]:
    """Make a small form for each variant, named by the variant's public id."""
    return [
        {
            "variant": variant,
            "form": forms.VariantForm(
                data,
                prefix=variant.public_id,
                currency=variant.currency,
                initial={
                    "price": variant.price_amount,
                    "stock": variant.on_hand,
                    "seen": variant.on_hand,
                    "is_active": variant.is_active,
                },
            ),
        }
        for variant in product.variants.all()
    ]


def _save(
    product: Product, form: forms.ProductForm, rows: list[dict[str, Any]]
) -> bool:
    """Save the form, or put the refusal by its field and say no."""
    changes = [
        listings.VariantChange(
            variant=row["variant"],
            price_amount=row["form"].cleaned_data["price"],
            on_hand=row["form"].cleaned_data["stock"],
            seen=row["form"].cleaned_data["seen"],
            is_active=row["form"].cleaned_data["is_active"] or len(rows) == 1,
        )
        for row in rows
    ]
    try:
        listings.save(
            product=product, changes=changes, at=clock.now(), **form.cleaned_data
        )
    except listings.RowRefused as problem:
        row = next(one for one in rows if one["variant"].pk == problem.variant.pk)
        row["form"].add_error(problem.field, problem.message)
        return False
    except catalog.EmptyTitle as problem:
        form.add_error("title", problem.message)
        return False
    return True


@never_cache
def variants(request: HttpRequest, shop: str, product: str) -> HttpResponse:
    """Add one more size or colour."""
    found = _found(request, shop, product)
    form = forms.AddVariantForm(
        request.POST,
        prefix="add",
        currency=found.shop.currency,
        option_names=found.option_names,
    )
    if form.is_valid():
        try:
            listings.add_variant(
                product=found,
                variant=form.variant(),
                option_name=form.cleaned_data.get("option_name", ""),
                current=form.cleaned_data.get("current", ""),
                at=clock.now(),
            )
        except MarketplaceError as problem:
            form.add_error(None, problem.message)
        else:
            messages.success(request, _("Added."))
            return _to(found)
    # What the failed try changed in memory is read anew.
    return _page(request, _found(request, shop, product), add_form=form)


@never_cache
def upload(request: HttpRequest, shop: str, product: str) -> HttpResponse:
    """Add photos to a product, all of them or, with words why, none."""
    found = _found(request, shop, product)
    form = forms.PhotosForm(request.POST, request.FILES)
    if form.is_valid():
        pictures = form.cleaned_data["photos"]
        try:
            _count_uploads(request, len(pictures))
            listings.add_photos(product=found, pictures=pictures)
        except listings.PhotoRefused as problem:
            form.add_error("photos", _numbered(problem, len(pictures)))
        except MarketplaceError as problem:
            form.add_error("photos", problem.message)
        else:
            return _led(request, found)
    return _page(request, found, photos_form=form)


@never_cache
def photo(request: HttpRequest, shop: str, product: str, photo: int) -> HttpResponse:
    """Make a photo the cover, describe it, or take it away."""
    found = _found(request, shop, product)
    chosen = next((one for one in found.photos.all() if one.pk == photo), None)
    if chosen is None:
        raise Http404
    actions: dict[str, Callable[[], None]] = {
        "cover": lambda: photos.make_cover(photo=chosen),
        "remove": lambda: photos.remove_photo(photo=chosen),
        "describe": lambda: photos.describe(
            photo=chosen, alt=request.POST.get("alt", "").replace("\x00", "")
        ),
    }
    action = actions.get(request.POST.get("do", ""))
    if action is None:
        raise Http404
    try:
        action()
    except MarketplaceError as problem:
        messages.error(request, problem.message)
    return _to(found)


@never_cache
def publish(request: HttpRequest, shop: str, product: str) -> HttpResponse:
    """Show a product to the public, or say what it still needs."""
    found = _found(request, shop, product)
    _publish(request, found)
    return _to(found)


@never_cache
def hide(request: HttpRequest, shop: str, product: str) -> HttpResponse:
    """Take a product out of the public's sight."""
    found = _found(request, shop, product)
    try:
        catalog.hide(product=found, at=clock.now())
        messages.success(request, _("Hidden. Orders that are paid go on."))
    except MarketplaceError as problem:
        messages.error(request, problem.message)
    return _to(found)


@never_cache
def receives(request: HttpRequest, shop: str) -> HttpResponse:
    """Say what the seller receives for a price, while it is being typed."""
    found = queries.shop_of(user=request.user, public_id=shop)
    context = {"shop": found, "receives": _receives(found, request.GET.get("price"))}
    return render(request, "sellers/_receives.html", context)


def _publish(request: HttpRequest, product: Product) -> None:
    try:
        catalog.publish(product=product, at=clock.now())
        messages.success(request, _("Live. Everyone can buy it now."))
    except MarketplaceError as problem:
        messages.warning(request, problem.message)


def _receives(shop: Shop, typed: Any) -> earnings.Receives | None:
    form = forms.PriceForm({"price": typed}, currency=shop.currency)
    if not form.is_valid():
        return None
    return earnings.receives(shop=shop, price_amount=form.cleaned_data["price"])


def _found(request: HttpRequest, shop: str, product: str) -> Product:
    mine = queries.shop_of(user=request.user, public_id=shop)
    return queries.product_of(user=request.user, shop=mine, public_id=product)


def _to(product: Product) -> HttpResponse:
    return redirect("sell:product", product.shop.public_id, product.public_id)


def _led(request: HttpRequest, product: Product) -> HttpResponse:
    """The same after files were sent, which a script may do in the background."""
    args = [product.shop.public_id, product.public_id]
    return lead(request, reverse("sell:product", args=args))


def _count_uploads(request: HttpRequest, number: int) -> None:
    for _each in range(number):
        limits.count(f"photo:{request.user.pk}", limit=UPLOADS_PER_HOUR, seconds=3_600)


def _numbered(problem: listings.PhotoRefused, number: int) -> str:
    """Name the photo when there were several."""
    if number == 1:
        return problem.message
    return _("Photo %(place)d: %(words)s") % {
        "place": problem.place,
        "words": problem.message,
    }


def _page(
    request: HttpRequest,
    product: Product,
    *,
    form: forms.ProductForm | None = None,
    rows: list[dict[str, Any]] | None = None,
    add_form: forms.AddVariantForm | None = None,
    photos_form: forms.PhotosForm | None = None,
) -> HttpResponse:
    """Render the product form with whichever part was refused."""
    words = {
        "title": product.title,
        "description": product.description,
        "category": product.category,
        "needs_full_page": product.needs_full_page,
        "withdrawal_exception": product.withdrawal_exception,
    }
    variant_rows = _variant_rows(product) if rows is None else rows
    refused = [form, add_form, photos_form, *(row["form"] for row in variant_rows)]
    is_refused = any(one is not None and one.is_bound and one.errors for one in refused)
    lowest = min((one.price_amount for one in product.variants.all()), default=0)
    context = {
        "shop": product.shop,
        "product": product,
        "photos": product.photos.all(),
        "form": form or forms.ProductForm(initial=words),
        "rows": variant_rows,
        "row_errors": any(row["form"].errors for row in variant_rows),
        "add_form": add_form
        or forms.AddVariantForm(
            prefix="add",
            currency=product.shop.currency,
            option_names=product.option_names,
        ),
        "photos_form": photos_form or forms.PhotosForm(),
        "receives": earnings.receives(shop=product.shop, price_amount=lowest),
    }
    status = UNPROCESSABLE if is_refused else 200
    return render(request, "sellers/product_edit.html", context, status=status)
