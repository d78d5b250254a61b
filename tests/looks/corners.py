"""What the states need beyond shopping: a video, wishes to be told, mails to be ended, a
card that is asked about, and money that came too late.
"""

import io

from django.test import override_settings

from creators.services import content, videos
from marketplace.demo import render
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs, mails
from orders.models import PaymentStatus
from orders.services import checkout
from payouts.services import refund_doors, settlement
from sellers.models import StockAlert
from sellers.services import stock_alerts
from tests.factories import clips, market
from tests.looks import purchases
from tests.looks.world import World, picture, product


def make(world: World) -> None:
    """Make what stands in the corners of the shop."""
    _video(world)
    _wish(world)
    _asked_about(world)
    world.tokens["mail-off"] = mails.unsubscribe_url(
        email="guest@example.com", kind="reviews"
    ).rsplit("/", 1)[1]


def _video(world: World) -> None:
    shown = world.products
    world.posts["video"] = content.publish_post(
        creator=world.creators["elin"],
        picture=picture("scene-tea"),
        caption="Te på eftermiddagen, i muggen som aldrig står i skåpet.",
        alt="Tea is poured into a mug",
        tags=[(shown[key], 500, 500) for key in ("mug", "blanket", "sold-out")],
        at=clock.now(),
        film=videos.Film(
            video=io.BytesIO(render.film("scene-tea")),
            captions=io.BytesIO(clips.CAPTIONS),
            captions_language="en",
        ),
    )


def _wish(world: World) -> None:
    stock_alerts.ask(
        variant=world.variant("sold-out"),
        email="guest@example.com",
        language="en",
        ip="127.0.0.1",
        at=clock.now(),
    )
    world.tokens["alert-off"] = stock_alerts.token_of(StockAlert.objects.get())


def _asked_about(world: World) -> None:
    """Orders of a sheet whose bank has not answered yet, and whose bank said no."""
    for name in ("asked", "declined"):
        cart = purchases.bag(world, name, ("mug", 1))
        order = market.place(cart, purchases.buyer(name, user=world.people["buyer"]))
        payment = market.open_page(order)
        purchases.keep(world, name, order)
        if name == "declined":
            payment.status = PaymentStatus.FAILED
            payment.failure_code = "insufficient_funds"
            payment.save(update_fields=["status", "failure_code"])


def make_japanese(world: World) -> None:
    """Cash that is on its way back, and cash that came when the goods were gone."""
    with override_settings(**purchases.JAPAN):
        product(
            world,
            "rare-kyusu",
            shop="yamane",
            title="常滑焼の急須 窯変 一点もの",
            drawings=["teapot"],
            amount=24_000,
            stock=1,
        )
        back = purchases.voucher(world, "voucher-back", "kyusu")
        _settle(back)
        # The part knows its order as it was read here.
        world.orders["voucher-back"].refresh_from_db()
        refund_doors.cancel_by_buyer(
            seller_order=world.orders["voucher-back"].seller_orders.get(),
            actor="link",
            request_key="cancel:voucher",
            at=clock.now(),
        )
        jobs.drain()
        late = purchases.voucher(world, "too-late", "rare-kyusu")
        checkout.cancel(order_id=late.order_id, at=clock.now())
        _settle(purchases.voucher(world, "in-time", "rare-kyusu"))
        # Nothing is drained after this: staff have not looked at it yet.
        _settle(late)


def _settle(payment) -> None:
    assert payment.payment_intent_id
    sandbox_control.settle_voucher(payment.payment_intent_id)
    settlement.refresh(payment_id=payment.pk, at=clock.now())
