"""The copy of a person's data and the end of the account, through the services."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache

from creators.models import Follow
from creators.services import follows
from marketplace import gateway
from marketplace.accounts import privacy
from marketplace.accounts.models import (
    Handle,
    PrivacyFile,
    PrivacyRequest,
    PrivacyStatus,
    User,
)
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, consent, jobs, personal
from marketplace.kit.errors import NotFound
from marketplace.kit.models import AuditEvent, Outbox
from orders.models import Order, PaymentCustomer, SavedAddress, SavedCard
from orders.services import addresses, saved_cards
from payouts import queries
from payouts.models import Posting
from sellers.models import Question
from tests.factories import creators, market, sellers

pytestmark = pytest.mark.django_db
DAYS = timedelta(days=1)
HOME = {
    "name": "=Maja Nyström",
    "line1": "Kungsgatan 31",
    "postal_code": "903 26",
    "city": "Umeå",
    "region": "",
    "country": "SE",
}


@pytest.fixture(autouse=True)
def _clean():
    cache.clear()
    mail.outbox.clear()


@pytest.fixture
def user(db):
    made = sellers.user("maja@example.com", name="Maja Nyström")
    EmailAddress.objects.create(user=made, email=made.email, verified=True)
    return made


def ask_export(user, *, subject="", at=None):
    return privacy.ask_export(
        user=user, consent_subject=subject, language="en", at=at or clock.now()
    )


def ask_erase(user, *, at=None):
    return privacy.ask_erase(user=user, language="en", at=at or clock.now())


def actions():
    found = AuditEvent.objects.filter(action__startswith="privacy.").order_by("pk")
    return list(found.values_list("action", flat=True))


def fill(user):
    """Give a person one of each: an address, someone followed, a question."""
    at = clock.now()
    addresses.keep(user=user, address=HOME, is_default=True, at=at)
    nina = creators.make_creator(handle="nina.berg")
    follows.follow(user=user, handle=Handle.objects.get(handle=nina.handle), at=at)
    product = sellers.product()
    Question.objects.create(
        product=product,
        shop=product.shop,
        asker=user,
        text="Is it safe in a dishwasher?",
        language="en",
        asked_at=at,
    )


# --- the copy -----------------------------------------------------------------------
def test_a_copy_holds_every_part_as_json_and_as_tables_that_calculate_nothing(user):
    fill(user)
    value = consent.record(allowed=[], subject="", language="en", at=clock.now())
    request = ask_export(user, subject=value.split(".")[1])

    jobs.drain()

    request.refresh_from_db()
    assert request.status == PrivacyStatus.READY
    content = privacy.fetch(user=user, public_id=request.public_id, at=clock.now())
    archive = zipfile.ZipFile(io.BytesIO(content))
    tables = {
        name.removesuffix(".json"): json.loads(archive.read(name))
        for name in archive.namelist()
        if name.endswith(".json")
    }
    assert set(tables) == {
        *("account", "sign_in_addresses", "questions", "shops", "following"),
        "stock_alerts",
        *("addresses", "saved_cards", "orders", "order_lines", "refunds", "returns"),
        *("order_links", "buy_links", "reviews", "disputes", "payout_accounts"),
        *("reports", "consents", "privacy_requests"),
    }
    assert tables["addresses"] == [{**HOME, "is_default": True}]
    assert [row["handle"] for row in tables["following"]] == ["nina.berg"]
    assert tables["questions"][0]["text"] == "Is it safe in a dishwasher?"
    assert tables["consents"][0]["allowed"] == []
    assert '"\'=Maja Nyström"' in archive.read("addresses.csv").decode("utf-8-sig")
    assert [(one.to, one.subject) for one in mail.outbox] == [
        (["maja@example.com"], "The copy of your data is ready")
    ]
    assert "/account/privacy" in mail.outbox[0].body


def test_a_copy_is_its_owners_only_and_for_seven_days(user):
    at = clock.now()
    request = ask_export(user, at=at)
    with pytest.raises(NotFound):
        privacy.fetch(user=user, public_id=request.public_id, at=at)
    privacy.make_export(request=request, at=at)

    with pytest.raises(NotFound):
        privacy.fetch(user=sellers.user(), public_id=request.public_id, at=at)
    assert privacy.fetch(user=user, public_id=request.public_id, at=at)
    over = at + 7 * DAYS
    with pytest.raises(NotFound):
        privacy.fetch(user=user, public_id=request.public_id, at=over)

    assert privacy.drop_old_exports(at=over - timedelta(seconds=1)) == 0
    assert privacy.drop_old_exports(at=over) == 1
    assert not PrivacyFile.objects.exists()
    request.refresh_from_db()
    assert (request.status, request.email) == (PrivacyStatus.EXPIRED, "")
    assert actions() == ["privacy.export_asked", "privacy.export_fetched"]


def test_a_second_copy_is_refused_while_one_is_made_and_replaces_one_that_is_there(
    user,
):
    first = ask_export(user)
    with pytest.raises(privacy.AlreadyAsked):
        ask_export(user)
    assert PrivacyRequest.objects.get() == first
    privacy.make_export(request=first, at=clock.now())

    second = ask_export(user)

    first.refresh_from_db()
    assert first.status == PrivacyStatus.EXPIRED
    assert second.status == PrivacyStatus.REQUESTED
    assert not PrivacyFile.objects.exists()


def test_a_copy_that_is_made_twice_is_made_once(user):
    request = ask_export(user)
    privacy.make_export(request=request, at=clock.now())
    privacy.make_export(request=request, at=clock.now())
    assert PrivacyFile.objects.count() == 1


# --- the end ------------------------------------------------------------------------
def test_an_erasure_waits_fourteen_days_and_can_be_taken_back(user):
    at = clock.now()
    request = ask_erase(user, at=at)
    jobs.drain()
    assert request.due_at == at + 14 * DAYS
    assert mail.outbox[0].subject.startswith("Your account will be deleted on ")
    with pytest.raises(privacy.AlreadyAsked):
        ask_erase(user)
    assert privacy.erase_due(at=at + 14 * DAYS - timedelta(seconds=1)) == 0

    privacy.take_back(user=user, at=at)

    assert privacy.erase_due(at=at + 15 * DAYS) == 0
    user.refresh_from_db()
    assert (user.email, user.is_active) == ("maja@example.com", True)
    with pytest.raises(privacy.TooLate):
        privacy.take_back(user=user, at=at)
    assert actions() == ["privacy.erase_asked", "privacy.erase_taken_back"]


def test_an_erased_person_is_nowhere_and_gets_a_last_mail(user):
    fill(user)
    Outbox.objects.create(
        function="orders.tasks.send_links",
        arguments={"email": "Maja@example.com"},
        done_at=clock.now(),
    )
    at = clock.now()
    request = ask_erase(user, at=at)

    assert privacy.erase_due(at=at + 14 * DAYS) == 1
    jobs.drain()

    user.refresh_from_db()
    assert user.email == f"erased-{user.pk}@erased.invalid"
    assert (user.name, user.is_active) == ("", False)
    assert user.erased_at == at + 14 * DAYS
    assert not user.has_usable_password()
    assert not EmailAddress.objects.exists()
    assert not SavedAddress.objects.exists()
    assert not Follow.objects.exists()
    assert not Question.objects.exists()
    assert not Outbox.objects.filter(arguments__has_key="email").exists()
    request.refresh_from_db()
    assert (request.status, request.email) == (PrivacyStatus.DONE, "")
    assert mail.outbox[-1].to == ["maja@example.com"]
    assert mail.outbox[-1].subject == "Your account is deleted"
    audited = list(AuditEvent.objects.values_list("details", "actor"))
    assert audited == [({}, str(user.pk))] * 2
    assert privacy.erase_due(at=at + 15 * DAYS) == 0


def test_the_address_of_an_erased_person_may_sign_up_anew(user):
    at = clock.now()
    ask_erase(user, at=at)
    privacy.erase_due(at=at + 14 * DAYS)

    User.objects.create_user("maja@example.com")

    assert User.objects.filter(email="maja@example.com").count() == 1


def test_staff_are_not_erased_before_they_are_no_staff_any_more(user):
    user.is_staff = True
    user.save()
    at = clock.now()
    request = ask_erase(user, at=at)

    assert privacy.erase_due(at=at + 14 * DAYS) == 0

    request.refresh_from_db()
    assert (request.status, request.held_by) == ("requested", ["staff"])
    user.is_staff = False
    user.save()
    assert privacy.erase_due(at=at + 15 * DAYS) == 1


def test_a_creators_page_is_emptied_and_its_handle_leads_nowhere(user, client):
    made = creators.make_creator(handle="maja.n", user=user)
    creators.make_post(made)
    creators.make_collection(made)
    partnership = creators.make_partnership(made, creators.make_shop())
    at = clock.now()
    ask_erase(user, at=at)

    assert privacy.erase_due(at=at + 14 * DAYS) == 1

    made.refresh_from_db()
    assert (made.name, made.bio, made.portrait) == ("–", "", [])
    assert made.posts.count() == made.collections.count() == 0
    partnership.refresh_from_db()
    assert partnership.ended_at == at + 14 * DAYS
    assert not Handle.objects.filter(handle="maja.n").exists()
    assert client.get("/en/@maja.n").status_code == 404
    assert client.get(made.get_absolute_url()).status_code == 200


def test_a_shop_that_only_this_person_owns_is_closed_and_another_is_not(user):
    alone, shared = sellers.shop(owner=user), sellers.shop()
    shared.memberships.create(user=user, role="owner")
    at = clock.now()
    ask_erase(user, at=at)

    assert privacy.erase_due(at=at + 14 * DAYS) == 1

    alone.refresh_from_db()
    shared.refresh_from_db()
    assert (alone.is_open, shared.is_open) == (False, True)
    assert not user.memberships.exists()


# --- the end of who bought ----------------------------------------------------------
@pytest.fixture
def bought(books, user):
    """An order of the account, paid, shipped and arrived."""
    variant = market.variant(market.shop(), price_amount=2_000)
    order = market.buy(market.cart((variant, 1)), market.buyer(user=user))
    market.ship(order)
    return order


def postings():
    rows = Posting.objects.order_by("pk")
    return list(rows.values_list("debit_id", "credit_id", "amount", "currency"))


def test_an_order_loses_its_person_and_the_books_lose_nothing(user, bought):
    before, total = postings(), bought.total_amount
    at = clock.now()
    ask_erase(user, at=at)

    assert privacy.erase_due(at=at + 14 * DAYS) == 1

    order = Order.objects.select_related("address").get(pk=bought.pk)
    assert order.email == f"erased-{order.public_id}@erased.invalid"
    assert (order.total_amount, order.user_id) == (total, user.pk)
    assert addresses.written(order.address) == {
        **dict.fromkeys(addresses.PARTS, ""),
        "country": "NL",
    }
    payment = order.payments.get()
    assert (payment.card_label, payment.card_fingerprint) == ("", "")
    assert postings() == before


def test_what_is_on_its_way_puts_the_end_off_and_says_so_once(user, books):
    variant = market.variant(market.shop(), price_amount=2_000)
    order = market.buy(market.cart((variant, 1)), market.buyer(user=user))
    at = clock.now()
    request = ask_erase(user, at=at)

    assert privacy.erase_due(at=at + 14 * DAYS) == 0
    assert privacy.erase_due(at=at + 15 * DAYS) == 0

    request.refresh_from_db()
    user.refresh_from_db()
    assert (request.held_by, user.is_active) == (["orders"], True)
    assert actions() == ["privacy.erase_asked", "privacy.erase_postponed"]
    market.ship(order)
    assert privacy.erase_due(at=at + 16 * DAYS) == 1


def test_money_that_is_not_paid_out_puts_the_end_of_a_seller_off(books):
    shop = market.shop()
    owner = shop.memberships.get().user
    variant = market.variant(shop, price_amount=2_000)
    market.ship(market.buy(market.cart((variant, 1))))
    assert sum(one.waiting for one in queries.balances(shop.connected_account)) > 0
    at = clock.now()
    request = ask_erase(owner, at=at)

    assert privacy.erase_due(at=at + 14 * DAYS) == 0

    request.refresh_from_db()
    assert request.held_by == ["earnings"]
    shop.refresh_from_db()
    assert shop.is_open


def test_an_order_made_without_an_account_goes_with_the_address_it_was_made_with(
    user, books
):
    variant = market.variant(market.shop(), price_amount=2_000)
    mine = market.buy(market.cart((variant, 1)), market.buyer(email="MAJA@example.com"))
    others = market.buy(
        market.cart((variant, 1)), market.buyer(email="anna@example.com")
    )
    for order in (mine, others):
        market.ship(order)
    tables = personal.export_of(user=user)
    assert [row["order"] for row in tables["orders"]] == [mine.public_id]
    at = clock.now()
    ask_erase(user, at=at)

    assert privacy.erase_due(at=at + 14 * DAYS) == 1

    others.refresh_from_db()
    assert others.email == "anna@example.com"
    assert others.address.name == "Maja Nyström"
    mine.refresh_from_db()
    assert mine.email == f"erased-{mine.public_id}@erased.invalid"


def test_stripe_forgets_the_customer_and_is_asked_again_when_it_does_not_answer(
    user, books
):
    customer_id = saved_cards.customer_id_of(user=user)
    customer = PaymentCustomer.objects.get(user=user)
    SavedCard.objects.create(
        customer=customer,
        card_id="pm_kept",
        brand="visa",
        last4="4242",
        fingerprint="abc",
        expires_month=12,
        expires_year=2034,
        saved_at=clock.now(),
    )
    at = clock.now()
    ask_erase(user, at=at)
    sandbox_control.arm_fault(match="DELETE /v1/customers/*", do="timeout_after_commit")

    assert privacy.erase_due(at=at + 14 * DAYS) == 1
    jobs.drain()

    card = SavedCard.objects.get()
    assert (card.brand, card.last4, card.fingerprint) == ("", "", "")
    assert card.removed_at == at + 14 * DAYS
    job = Outbox.objects.get(function="orders.tasks.forget_customer")
    assert job.done_at is None
    customer.refresh_from_db()
    assert customer.customer_id == customer_id
    sandbox_control.clear_faults()
    Outbox.objects.update(claimed_until=None)
    jobs.drain()
    customer.refresh_from_db()
    assert customer.customer_id is None
    with pytest.raises(gateway.NotFound):
        gateway.saved_cards(customer_id=customer_id)
