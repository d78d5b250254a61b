"""The ninety days, lived: posts appear, people buy and pay, parcels leave and arrive,
the clock goes on. Everything goes through the services, as the pages would do it.

The platform's clock and the sandbox's are moved together: by minutes between two
moments of a day, and at the end of a day by `calendar.move_clock`, which does the work
that fell due. A day starts at 02:05 UTC, so that a Friday's payout run is on its day.
"""

import functools
import io
import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from http import HTTPStatus

from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from creators.models import Post
from creators.services import attribution, content, videos
from creators.services import links as creator_links
from marketplace import gateway
from marketplace.accounts.models import User
from marketplace.demo import afterwards, feedback, render
from marketplace.demo.catalogue import shapes
from marketplace.demo.catalogue.words import Asked
from marketplace.demo.history import History, PlannedLine, PlannedOrder, Surface
from marketplace.demo.world import CARRIERS, Say, World
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from orders.models import Order, OrderStatus, Payment, SellerOrder
from orders.services import cart as carts
from orders.services import checkout, fulfilment, payments, quotes
from payouts.services import calendar, settlement

logger = logging.getLogger(__name__)

ACTOR, BEGUN = "load_demo", "demo.begin"
DAY_STARTS = time(2, 5)
DECLINED_CARD = "4000000000000002"
CLICKS_PER_SALE = 3
# The webhooks of these last days arrive; before, it is the buyer coming back who tells.
NOTICED_DAYS = 7
TOLD_EVERY = 15
# What looks again at everything since its last time finds the same once a week.
WEEK = 7
WEEKLY = frozenset(
    {
        "payouts.tasks.poll_party_payouts",
        "payouts.tasks.reconcile",
        "payouts.tasks.reconcile_days",
    }
)
# When things happen, in minutes after the start of the day.
POSTED, SHIPPED, ARRIVED, WENT_WRONG = 5 * 60, 8 * 60, 11 * 60, 13 * 60
ASKED, SAID = 6 * 60, 17 * 60
FIRST_ORDER, LAST_ORDER = 4 * 60, 20 * 60


class NoticeRefused(MarketplaceError):
    """The platform did not take a notice of its own sandbox: their keys differ."""

    status_code = 500


@dataclass(slots=True)
class Life:
    """One loading of the demo's past, on from the first day not lived so far."""

    world: World
    history: History
    posts: dict[tuple[str, int], Post] = field(default_factory=dict)
    begins: datetime = field(init=False)
    aftermath: tuple[afterwards.After, ...] = field(init=False)
    reviews: tuple[feedback.Planned, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.aftermath = afterwards.plan(self.history)
        self.reviews = feedback.plan(self.history)
        begun = AuditEvent.objects.filter(actor=ACTOR, action=BEGUN).first()
        if begun is None:
            begun = AuditEvent.objects.create(
                actor=ACTOR, action=BEGUN, at=_next_start(clock.now())
            )
        self.begins = begun.at
        for creator in self.world.market.creators:
            owner = self.world.creators[creator.handle]
            published = {post.alt: post for post in owner.posts.all()}
            for number, post in enumerate(creator.posts):
                if post.alt in published:
                    self.posts[creator.handle, number] = published[post.alt]

    def live(self, *, days: int, say: Say = str) -> None:
        """Live all days from today's on, and stop in the evening of the last one.

        A day that was broken off is lived again: what happened is not done twice.
        """
        today = max(0, (clock.now() - self.begins).days)
        for day in range(today, days):
            if day % TOLD_EVERY == 0:
                say(f"Day {day + 1} of {days}: {Order.objects.count()} orders")
            self._live_day(day, with_notices=day >= days - NOTICED_DAYS)
        # From here on the sandbox's own process pushes what it has to tell.
        sandbox_control.set_deliveries(mode="push")

    def _live_day(self, day: int, *, with_notices: bool) -> None:
        sandbox_control.set_deliveries(mode="hold" if with_notices else "drop")
        jobs_due = [
            job
            for job in settings.PERIODIC_JOBS
            if with_notices or day % WEEK == 0 or job[0] not in WEEKLY
        ]
        with override_settings(PERIODIC_JOBS=jobs_due):
            self._wait_until(self.begins + timedelta(days=day), with_work=True)
        for minute, happens in sorted(self._events(day), key=lambda event: event[0]):
            self._wait_until(self.begins + timedelta(days=day, minutes=minute))
            happens()
            if with_notices:
                hear()
        hear()

    def _events(self, day: int) -> list[tuple[int, Callable[[], None]]]:
        events: list[tuple[int, Callable[[], None]]] = [
            (POSTED, self._publisher(creator, number))
            for creator in self.world.market.creators
            for number, post in enumerate(creator.posts)
            if post.day == day
        ]
        for number, (order, seller) in enumerate(self.history.parcels_due(day)):
            events.append((SHIPPED + number, self._shipper(order, seller)))
        for number, (order, seller) in enumerate(self.history.arrivals(day)):
            events.append((ARRIVED + number * 3, self._carrier(order, seller)))
        events += [
            (WENT_WRONG + number * 3, self._later(after))
            for number, after in enumerate(self.aftermath)
            if after.day == day and after.kind != "cancel"
        ]
        events += [
            (SAID, self._sayer(planned))
            for planned in self.reviews
            if planned.day == day
        ]
        events += [
            (ASKED, self._asker(asked))
            for asked in feedback.asked_on(day, self.history)
        ]
        orders = self.history.on(day)
        for place, order in enumerate(orders):
            pause = (LAST_ORDER - FIRST_ORDER) // len(orders)
            minute = FIRST_ORDER + place * pause + order.number * 37 % pause
            events.append((minute, self._purchase(order)))
        return events

    def _publisher(self, creator: shapes.Creator, number: int) -> Callable[[], None]:
        return lambda: self._publish(creator, number)

    def _shipper(self, order: PlannedOrder, seller: str) -> Callable[[], None]:
        return lambda: self._ship(order, seller)

    def _carrier(self, order: PlannedOrder, seller: str) -> Callable[[], None]:
        return lambda: self._deliver(order, seller)

    def _purchase(self, order: PlannedOrder) -> Callable[[], None]:
        return lambda: self._buy_and_keep(order)

    def _later(self, after: afterwards.After) -> Callable[[], None]:
        return lambda: afterwards.do(after, self._part(after.order, after.seller))

    def _sayer(self, planned: feedback.Planned) -> Callable[[], None]:
        return lambda: self._say(planned)

    def _asker(self, asked: Asked) -> Callable[[], None]:
        product = self.world.products[asked.product]
        asker = self.world.buyers[asked.asker]
        return lambda: feedback.ask(asked, product, asker)

    def _say(self, planned: feedback.Planned) -> None:
        order = self._order(planned.order)
        if order is not None:
            feedback.say(planned, order, self.world.products[planned.line.product])

    def _buy_and_keep(self, planned: PlannedOrder) -> None:
        """Buy, and in a few cases think better of it at once."""
        self._buy(planned)
        for after in self.aftermath:
            if after.kind == "cancel" and after.order.number == planned.number:
                afterwards.do(after, self._part(planned, after.seller))

    def _wait_until(self, moment: datetime, *, with_work: bool = False) -> None:
        """Let time pass; `with_work` also does what fell due meanwhile."""
        by = timedelta(seconds=int((moment - clock.now()).total_seconds()))
        if by <= timedelta():
            return
        if with_work:
            calendar.move_clock(by=by, actor=ACTOR)
        else:
            sandbox_control.advance_clock(seconds=by)
            clock.shift(by=by)

    def _publish(self, creator: shapes.Creator, number: int) -> None:
        if (creator.handle, number) in self.posts:
            return
        post = creator.posts[number]
        self.posts[creator.handle, number] = content.publish_post(
            creator=self.world.creators[creator.handle],
            picture=io.BytesIO(self.world.scenes[post.scene]),
            caption=post.caption,
            alt=post.alt,
            tags=[(self.world.products[t.product], t.x, t.y) for t in post.tags],
            at=clock.now(),
            film=_film(post),
        )

    def _buy(self, planned: PlannedOrder) -> None:
        """From the tapped product to the provider's page, and on to what became of
        it."""
        if self._order(planned) is not None:
            return
        at = clock.now()
        user = self.world.buyers.get(planned.buyer)
        cart = carts.open_cart(token=_token(planned.number), user=user, at=at)
        for line in planned.lines:
            carts.add(
                cart=cart,
                variant=self.world.variants[line.product, line.choice],
                quantity=line.quantity,
                via=self._source(line, at),
                at=at,
            )
        if planned.code_of:
            word = self.world.creators[planned.code_of].code.word
            carts.set_code(cart=cart, word=word, at=at)
        buyer = _buyer(self.world.market.buyer[planned.buyer], user)
        shown = quotes.quote(cart=cart, country=buyer.country, at=at).fingerprint
        order = checkout.place(cart=cart, buyer=buyer, shown=shown, at=at)
        payment = payments.open(payment_id=order.payments.get().pk, at=at)
        _finish(planned, payment)

    def _source(self, line: PlannedLine, at: datetime) -> attribution.Source | None:
        """The surface a buyer tapped, as its signed token says; clicks are counted."""
        if line.surface is None:
            return None
        token = attribution.token(
            source_type=line.surface.kind,
            source_id=self._shown(line.surface),
            issued=at.date(),
        )
        source = attribution.read_token(token=token, at=at)
        if source is not None:
            for _ in range(CLICKS_PER_SALE):
                creator_links.count_click(source=source, at=at)
        return source

    def _shown(self, surface: Surface) -> str:
        place = (surface.creator, surface.number)
        if surface.kind == "post":
            return self.posts[place].public_id
        return self.world.collections[place].public_id

    def _ship(self, planned: PlannedOrder, seller: str) -> None:
        part = self._part(planned, seller)
        if part.status != OrderStatus.TO_SHIP:
            return
        country = self.world.market.seller[seller].address.country
        number = f"{country}{planned.number:05d}{part.pk:05d}{country}"
        fulfilment.ship(
            seller_order=part,
            carrier=CARRIERS[country],
            tracking_number=number,
            at=clock.now(),
        )

    def _deliver(self, planned: PlannedOrder, seller: str) -> None:
        part = self._part(planned, seller)
        # After some days without a word it is taken as delivered anyway.
        if part.status == OrderStatus.SHIPPED:
            fulfilment.mark_delivered(seller_order=part, at=clock.now())

    def _order(self, planned: PlannedOrder) -> Order | None:
        token_hash = carts.hash_of(_token(planned.number))
        return Order.objects.filter(cart__token_hash=token_hash).first()

    def _part(self, planned: PlannedOrder, seller: str) -> SellerOrder:
        return SellerOrder.objects.get(
            order__cart__token_hash=carts.hash_of(_token(planned.number)),
            shop=self.world.shops[seller],
        )


def _film(post: shapes.Post) -> videos.Film | None:
    if not post.is_film:
        return None
    return videos.Film(video=io.BytesIO(render.film(post.scene)))


def _finish(planned: PlannedOrder, payment: Payment) -> None:
    """Do on the provider's page what the plan says, and come back."""
    if planned.ending in ("expired", "unpaid"):
        return
    page_url = payment.page_url
    if planned.ending in ("cash_paid", "cash_expired", "cash_waiting"):
        sandbox_control.pay_konbini(page_url=page_url)
        payment = settlement.refresh(payment_id=payment.pk, at=clock.now())
        assert payment.payment_intent_id is not None
        if planned.ending == "cash_paid":
            sandbox_control.settle_voucher(payment.payment_intent_id)
            settlement.refresh(payment_id=payment.pk, at=clock.now())
        return
    if planned.ending == "declined_then_paid":
        try:
            sandbox_control.pay(page_url=page_url, card=DECLINED_CARD)
        except gateway.CardDeclined:
            logger.info("order %s: declined first, as planned", planned.number)
    sandbox_control.pay(page_url=page_url)
    settlement.refresh(payment_id=payment.pk, at=clock.now())


def hear() -> None:
    """Take in what the sandbox has to tell, by the webhooks' own route, and do what was
    promised meanwhile.

    :raises NoticeRefused: the platform did not take a notice.
    """
    for notice in sandbox_control.pending():
        answer = _client().post(
            reverse("webhooks:receive", args=[notice["endpoint"]]),
            data=notice["body"],
            content_type="application/json",
            headers={"Stripe-Signature": notice["signature"]},
        )
        sandbox_control.answered(notice["id"], answer.status_code)
        if answer.status_code != HTTPStatus.OK:
            raise NoticeRefused(f"{notice['type']}: {answer.status_code}")
    jobs.drain()


@functools.cache
def _client() -> Client:
    """The platform's own door, without a port; the pages' files are not needed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No directory at", UserWarning)
        client = Client(SERVER_NAME="127.0.0.1")
        client.handler.load_middleware()
    return client


def _token(number: int) -> str:
    """The secret of a planned order's cart: the same each time, known to no one."""
    secret = salted_hmac("marketplace.demo", str(number), algorithm="sha256")
    return str(secret.hexdigest())


def _buyer(buyer: shapes.Buyer, user: User | None) -> checkout.Buyer:
    language = {"SE": "sv", "JP": "ja"}.get(buyer.address.country, "nl")
    return checkout.Buyer(
        email=buyer.email,
        user=user,
        name=buyer.name,
        line1=buyer.address.line,
        postal_code=buyer.address.postal_code,
        city=buyer.address.city,
        region="",
        country=buyer.address.country,
        phone=buyer.phone,
        language=language,
        ip="",
        # Who has an account keeps the card: the next purchase is one press.
        saves_card=user is not None,
    )


def _next_start(at: datetime) -> datetime:
    today = datetime.combine(at.date(), DAY_STARTS, tzinfo=at.tzinfo)
    return today if today >= at else today + timedelta(days=1)
