"""A shop's own pages: its start, its home, its delivery prices and its profile."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.accounts import handles
from marketplace.kit import clock, limits
from marketplace.kit.errors import MarketplaceError
from sellers import queries
from sellers.forms import shop as forms
from sellers.models import DeliveryProfile, ProductStatus, QuestionStatus, Shop
from sellers.services import delivery, questions, shops

STARTS_PER_DAY = 5
SCARCE_BELOW = 3
SCARCE_SHOWN = 5
UNPROCESSABLE = 422


@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """Lead to the one shop a person runs, to the choice of several, or to a start."""
    mine = queries.shops_of(request.user)
    if not mine:
        return redirect("sell:start")
    if len(mine) == 1:
        return redirect("sell:home", mine[0].public_id)
    return render(request, "sellers/choose.html", {"shops": mine})


@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """Open a shop: name, country, currency, and who sells."""
    served = shops.region()
    initial = {"country": served["countries"][0], "currency": served["currencies"][0]}
    form = forms.StartForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        shop = _start(request, form)
        if shop is not None:
            messages.success(
                request, _("Your shop is there. Next: your first product.")
            )
            return redirect("sell:home", shop.public_id)
    context = {"form": form, "suggestions": _suggestions(form)}
    return _answer(request, "sellers/start.html", context, form)


def _start(request: HttpRequest, form: forms.StartForm) -> Shop | None:
    try:
        limits.count(
            f"shop-start:{request.user.pk}", limit=STARTS_PER_DAY, seconds=86_400
        )
        return shops.start(
            user=request.user,
            contact_email=request.user.email,  # type: ignore[union-attr]
            at=clock.now(),
            **form.cleaned_data,
        )
    except (shops.HandleTaken, shops.HandleRefused) as problem:
        form.add_error("handle", problem.message)
    except MarketplaceError as problem:
        form.add_error(None, problem.message)
    return None


def _suggestions(form: forms.StartForm) -> list[str]:
    """Give free handles near the one that was refused."""
    if not form.is_bound or "handle" not in form.errors:
        return []
    typed = form["handle"].value() or shops.handle_of(form["name"].value() or "")
    return handles.suggest(typed)


@never_cache
def home(request: HttpRequest, shop: str) -> HttpResponse:
    """Show what is left to set up, then what there is to do."""
    found = queries.shop_of(user=request.user, public_id=shop)
    counts = queries.products_by_status(shop=found)
    lacking = shops.missing_for_sale(found)
    scarce = queries.scarce_variants(shop=found, below=SCARCE_BELOW)
    steps = {
        "product": counts[ProductStatus.LIVE] > 0,
        "delivery": "delivery" not in lacking,
        "profile": "legal_details" not in lacking and bool(found.about),
        "payouts": found.is_payable,
    }
    context = {
        "shop": found,
        "steps": steps,
        "steps_done": sum(steps.values()),
        "live": counts[ProductStatus.LIVE],
        "drafts": counts[ProductStatus.DRAFT],
        "hidden": counts[ProductStatus.HIDDEN],
        "units": queries.units_left(shop=found),
        "scarce": scarce[:SCARCE_SHOWN],
        "waiting": questions.counts_of(shop=found)[QuestionStatus.WAITING],
    }
    return render(request, "sellers/home.html", context)


@never_cache
def delivery_prices(request: HttpRequest, shop: str) -> HttpResponse:
    """List the delivery prices, and set one: the same name changes it."""
    found = queries.shop_of(user=request.user, public_id=shop)
    profiles = queries.deliveries_of(found)
    chosen = next((p for p in profiles if p.name == request.GET.get("name")), None)
    form = forms.DeliveryForm(
        request.POST or None,
        shop=found,
        initial=_delivery_initial(found, profiles, chosen),
    )
    if request.method == "POST" and form.is_valid():
        try:
            profile = delivery.set_delivery(
                shop=found,
                name=form.cleaned_data["name"],
                countries=form.cleaned_data["countries"],
                price_amount=form.cleaned_data["price"],
                days_min=form.cleaned_data["days_min"],
                days_max=form.cleaned_data["days_max"],
            )
        except delivery.CountryTwice as problem:
            form.add_error("countries", problem.message)
        except MarketplaceError as problem:
            form.add_error(None, problem.message)
        else:
            messages.success(request, _("Saved: %(name)s.") % {"name": profile.name})
            return redirect("sell:delivery", found.public_id)
    names = dict(forms.country_choices())
    rows = [
        (profile, ", ".join(names.get(code, code) for code in profile.countries))
        for profile in profiles
    ]
    context = {"shop": found, "rows": rows, "chosen": chosen, "form": form}
    return _answer(request, "sellers/delivery.html", context, form)


def _delivery_initial(
    shop: Shop, profiles: list[DeliveryProfile], chosen: DeliveryProfile | None
) -> dict[str, Any]:
    """Begin with the chosen price; else with the first, or with an empty further one."""
    if chosen is None:
        return {"name": ""} if profiles else {"countries": [shop.country]}
    return {
        "name": chosen.name,
        "countries": chosen.countries,
        "price": chosen.price_amount,
        "days_min": chosen.days_min,
        "days_max": chosen.days_max,
    }


@never_cache
def profile(request: HttpRequest, shop: str) -> HttpResponse:
    """Change what buyers read about the shop."""
    found = queries.shop_of(user=request.user, public_id=shop)
    fields = forms.ProfileForm.base_fields
    form = forms.ProfileForm(
        request.POST or None, initial={name: getattr(found, name) for name in fields}
    )
    if request.method == "POST" and form.is_valid():
        try:
            shops.update_profile(shop=found, **form.cleaned_data)
        except MarketplaceError as problem:
            form.add_error(None, problem.message)
        else:
            messages.success(request, _("The profile is saved."))
            return redirect("sell:profile", found.public_id)
    context = {"shop": found, "form": form}
    return _answer(request, "sellers/profile.html", context, form)


def _answer(
    request: HttpRequest, template: str, context: dict[str, Any], form: Any
) -> HttpResponse:
    """Render a form's page: 422 when what was sent was refused."""
    status = UNPROCESSABLE if form.is_bound and form.errors else 200
    return render(request, template, context, status=status)
