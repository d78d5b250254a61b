"""The demo's first days are lived through the services, and loading twice is loading
once."""

import dataclasses
import io

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from creators.models import Creator, Post
from marketplace.accounts.models import User
from marketplace.demo import catalogue, history, load, render, world
from orders.models import BuyLink, Order, OrderStatus, Payment
from payouts.models import ConnectedAccount, Entry
from sellers.models import Photo, Product, ProductStatus, Shop

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = 3


@pytest.fixture(autouse=True)
def _small_pictures(monkeypatch, settings, stripe, tmp_path):
    """One small drawing for all; the real ones are rendered in test_render."""
    settings.MEDIA_ROOT = tmp_path
    picture = render.jpeg("mug", width=120)
    monkeypatch.setattr(
        render, "jpegs", lambda wanted: ((name, picture) for name in wanted)
    )


def counts():
    return {model._meta.label: model.objects.count() for model in apps.get_models()}


def test_loading_makes_the_world_lives_the_days_and_twice_is_once():
    load.load(days=DAYS)

    assert Shop.objects.count() == 6
    assert Creator.objects.count() == 5
    assert Product.objects.filter(status=ProductStatus.LIVE).count() == 40
    assert Photo.objects.count() == sum(len(p.pictures) for p in catalogue.PRODUCTS)
    assert ConnectedAccount.objects.filter(status="active").count() == 10
    waiting = Shop.objects.filter(is_payable=False)
    assert [shop.handle for shop in waiting] == ["pims.kast"]
    assert BuyLink.objects.count() == 2
    planned = [order for order in history.plan().orders if order.day < DAYS]
    paid = Order.objects.filter(status=OrderStatus.PAID)
    assert paid.count() == len(planned) == Order.objects.count()
    assert Entry.objects.filter(kind="capture").count() == paid.count()

    before = counts()
    load.load(days=DAYS)
    assert counts() == before


def test_a_loading_that_was_broken_off_goes_on_and_prints_one_login_a_line():
    load.load(days=1)
    placed = Order.objects.count()

    out = io.StringIO()
    call_command("load_demo", days=2, stdout=out)

    tokens = Order.objects.values_list("cart__token_hash", flat=True)
    planned = [order for order in history.plan().orders if order.day < 2]
    assert placed < len(planned) == len(set(tokens)) == len(tokens)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert [role for role, _, _ in lines[:3]] == ["staff", "staff", "seller"]
    assert {password for _, _, password in lines} == {world.PASSWORD}


def test_a_platform_elsewhere_gets_its_staff_only(settings):
    settings.PLATFORM_COUNTRY = "US"
    assert load.load() == [
        ("staff", catalogue.STAFF.email),
        ("staff", catalogue.SECOND_STAFF.email),
    ]
    assert User.objects.filter(is_staff=True).count() == 2
    assert Shop.objects.count() == 0


def test_a_platform_in_japan_gets_a_world_in_yen_of_its_own(japan):
    load.load(days=DAYS)

    assert Shop.objects.filter(currency="JPY").count() == Shop.objects.count() == 3
    assert Creator.objects.count() == 2
    assert Product.objects.filter(status=ProductStatus.LIVE).count() == 12
    planned = history.plan(market=catalogue.JAPAN).orders
    assert Order.objects.count() == sum(order.day < DAYS for order in planned) > 0


def test_cash_in_the_demo_is_paid_runs_out_or_waits(japan, monkeypatch):
    def few(*, market):
        """Three orders on the first day, each with another end."""
        drawn = history.plan(market=market).orders[:3]
        endings = ("cash_paid", "cash_expired", "cash_waiting")
        days = (0, 0, 4)
        return history.History(
            tuple(
                dataclasses.replace(order, day=day, ending=ending)
                for order, ending, day in zip(drawn, endings, days, strict=True)
            ),
            market,
        )

    plan = few(market=catalogue.JAPAN)
    monkeypatch.setattr(load.history, "plan", lambda market: plan)

    load.load(days=5)

    ends = Payment.objects.order_by("pk").values_list("method", "status")
    assert list(ends) == [
        ("konbini", "paid"),
        ("konbini", "expired"),
        ("konbini", "awaiting_cash"),
    ]


def test_with_real_stripe_nothing_is_loaded(settings):
    settings.STRIPE_WSGI_APP = settings.STRIPE_API_BASE = ""
    with pytest.raises(CommandError, match="real Stripe"):
        call_command("load_demo")
    assert Shop.objects.count() == 0
    assert Post.objects.count() == 0
    assert Payment.objects.count() == 0
