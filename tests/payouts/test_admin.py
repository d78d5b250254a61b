"""Staff read the money, start a payout run once, and move the sandbox's clock."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.urls import reverse

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs, switches
from marketplace.kit.models import AuditEvent
from payouts.models import (
    Accrual,
    ConnectedAccount,
    Entry,
    LedgerAccount,
    PayoutItem,
    PayoutRun,
    PayoutRunStatus,
    Transfer,
    TransferStatus,
)
from tests.factories import market, sellers

pytestmark = pytest.mark.django_db

MODELS = {
    "ledgeraccount": LedgerAccount,
    "entry": Entry,
    "accrual": Accrual,
    "connectedaccount": ConnectedAccount,
    "transfer": Transfer,
    "payoutrun": PayoutRun,
}
START = "admin:payout-run-start"
CLOCK = "admin:kit_clockoffset_changelist"


@pytest.fixture
def staff(client):
    client.force_login(sellers.user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def sold(books):
    """A delivered order of 100.00 and 4.95 delivery, with a creator's 12.5 %."""
    market.take_in_topups()
    shop = market.shop()
    creator = market.creator(shop)
    variant = market.variant(shop, price_amount=10_000)
    order = market.buy(market.cart((variant, 2, creator)))
    market.ship(order)
    return order


@pytest.fixture
def due(sold):
    """The same, fifteen days later: the seller was paid, the share may be paid."""
    market.release_sellers()
    market.advance(timedelta(days=15))
    return sold


def hidden(page, name: str) -> str:
    """Read a hidden field of a page's first form that has it."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.content.decode())
    assert found, f"no field {name}"
    return found[1]


def shown(page) -> str:
    return hidden(page, "shown")


# --- reading --------------------------------------------------------------------------
@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens_and_finds_by_the_order(staff, due, model):
    market.run_creators()
    url = reverse(f"admin:payouts_{model}_changelist")
    assert staff.get(url).status_code == 200
    assert staff.get(url, {"q": due.public_id}).status_code == 200
    row = MODELS[model].objects.order_by("pk").first()
    page = staff.get(reverse(f"admin:payouts_{model}_change", args=[row.pk]))
    assert page.status_code == 200
    assert "(&#x27;" not in page.content.decode()


def test_an_account_says_what_its_party_earned(staff, due):
    account = ConnectedAccount.objects.filter(creator=None).get()
    page = staff.get(
        reverse("admin:payouts_connectedaccount_change", args=[account.pk])
    )
    assert re.search(
        r"[\d.]+ pending, .*available, .*in payout, .*paid", page.content.decode()
    )


@pytest.mark.parametrize("model", ["entry", "accrual", "ledgeraccount", "transfer"])
def test_a_list_takes_no_more_queries_for_more_rows(
    staff, sold, model, django_assert_max_num_queries
):
    market.release_sellers()
    with django_assert_max_num_queries(12):
        staff.get(reverse(f"admin:payouts_{model}_changelist"))


def test_an_account_shows_its_balance_and_its_postings(staff, sold):
    account = LedgerAccount.objects.get(kind="creator_held")
    url = reverse("admin:payouts_ledgeraccount_change", args=[account.pk])
    text = staff.get(url).content.decode()
    # 12.5 % of 200.00 less 21 % tax contained: 165.29 → 20.66
    assert text.count("€20.66") == 2
    assert sold.public_id in text


def test_an_earning_is_found_by_the_buyers_email(staff, sold):
    url = reverse("admin:payouts_accrual_changelist")
    assert Accrual.objects.get(kind="share").public_id in (
        staff.get(url, {"q": "maja@example.com"}).content.decode()
    )
    assert "acc_" not in staff.get(url, {"q": "nobody@example.com"}).content.decode()


def test_where_an_orders_money_is_names_every_step(staff, due):
    market.run_creators()
    page = staff.get(reverse("admin:order-money", args=[due.public_id]))
    text = page.content.decode()
    payment = due.payments.get()
    assert page.status_code == 200
    for words in (payment.session_id, payment.charge_id, payment.payment_intent_id):
        assert words in text
    for entry in Entry.objects.filter(order_reference=due.public_id):
        assert entry.reference in text
    for transfer in Transfer.objects.all():
        assert transfer.provider_id in text
    assert "20.66" in text
    assert "12.5" in text
    assert "do not sum" not in text


def test_the_order_leads_to_its_money(staff, sold):
    page = staff.get(reverse("admin:orders_order_change", args=[sold.pk]))
    assert reverse("admin:order-money", args=[sold.public_id]) in page.content.decode()


def test_an_order_that_is_not_there_has_no_money_page(staff):
    assert staff.get(reverse("admin:order-money", args=["ord_none"])).status_code == 404


# --- who may --------------------------------------------------------------------------
@pytest.mark.parametrize("model", MODELS)
def test_staff_without_the_right_to_see_are_refused(client, model):
    client.force_login(sellers.user(is_staff=True))
    assert client.get(reverse(f"admin:payouts_{model}_changelist")).status_code == 403


@pytest.mark.parametrize("name", [START, CLOCK])
def test_who_may_only_see_can_neither_start_a_run_nor_move_the_clock(client, name, db):
    user = sellers.user(is_staff=True)
    for codename in ("view_payoutrun", "view_clockoffset", "view_entry"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(user)
    assert client.get(reverse(name)).status_code == 403
    assert client.post(reverse(name), {"step": "day"}).status_code == 403
    assert not PayoutRun.objects.exists()
    assert not AuditEvent.objects.exists()


def test_the_money_of_an_order_needs_the_right_to_see_orders_too(client, sold):
    user = sellers.user(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_entry"))
    client.force_login(user)
    url = reverse("admin:order-money", args=[sold.public_id])
    assert client.get(url).status_code == 403


@pytest.mark.parametrize("name", [START, CLOCK])
def test_who_is_no_staff_gets_no_page_of_ours(client, name, db):
    client.force_login(sellers.user())
    assert client.get(reverse(name), follow=True).status_code == 403


# --- nothing is written by hand -------------------------------------------------------
def _rows():
    tables = sorted(
        name
        for name in connection.introspection.table_names()
        if name.startswith(("payouts_", "orders_"))
    )
    found = {}
    with connection.cursor() as cursor:
        for name in tables:
            quoted = connection.ops.quote_name(name)
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {quoted} t"
            )
            found[name] = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("model", MODELS)
def test_no_admin_url_writes_a_row_of_money(staff, due, model):
    market.run_creators()
    row = MODELS[model].objects.order_by("pk").first()
    before = _rows()
    fields = {"amount": "1", "status": "sent", "kind": "capture", "post": "yes"}
    for name, args in (("add", []), ("change", [row.pk]), ("delete", [row.pk])):
        url = reverse(f"admin:payouts_{model}_{name}", args=args)
        assert staff.post(url, fields).status_code == 403
    for action in ("delete_selected", ""):
        staff.post(
            reverse(f"admin:payouts_{model}_changelist"),
            {"action": action, "_selected_action": [row.pk], "post": "yes"},
        )
    staff.post(
        reverse(f"admin:payouts_{model}_changelist"),
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "_save": "1"},
    )
    assert _rows() == before


def test_the_page_of_an_orders_money_takes_no_post(staff, sold):
    before = _rows()
    url = reverse("admin:order-money", args=[sold.public_id])
    assert staff.post(url, {}).status_code == 403
    assert _rows() == before


# --- payout runs ----------------------------------------------------------------------
def test_a_preview_says_what_will_be_sent_and_writes_nothing(staff, due):
    before = _rows()
    text = staff.get(reverse(START)).content.decode()
    assert "Start and send €20.66" in text
    assert _rows() == before


def test_a_double_submit_starts_one_run_of_the_previewed_amount(staff, due):
    token = shown(staff.get(reverse(START)))
    form = {"shown": token, "reason": "Asked for by the creator"}
    answers = [staff.post(reverse(START), form) for _ in range(2)]
    run = PayoutRun.objects.get()
    assert {answer.url for answer in answers} == {
        reverse("admin:payouts_payoutrun_change", args=[run.pk])
    }
    assert PayoutItem.objects.get().amount == 2066
    event = AuditEvent.objects.get()
    assert event.action == "payout_run.start"
    assert event.reference == run.public_id
    assert event.reason == "Asked for by the creator"
    assert event.details["previewed_amount"] == 2066


def test_a_run_is_watched_until_it_is_done(staff, due):
    token = shown(staff.get(reverse(START)))
    answer = staff.post(
        reverse(START), {"shown": token, "reason": "Friday is a holiday"}
    )
    text = staff.get(answer.url).content.decode()
    assert "Planned" in text
    assert 'http-equiv="refresh"' in text
    jobs.drain()
    text = staff.get(answer.url).content.decode()
    assert PayoutRun.objects.get().status == PayoutRunStatus.DONE
    assert Transfer.objects.get(kind="creator").status == TransferStatus.SENT
    assert 'http-equiv="refresh"' not in text
    assert "Equals the preview" in text
    assert "Friday is a holiday" in text


def test_a_run_needs_a_reason(staff, due):
    page = staff.get(reverse(START))
    answer = staff.post(reverse(START), {"shown": shown(page), "reason": "  "})
    assert "Say why" in answer.content.decode()
    assert not PayoutRun.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("token", ["", "x", '["EUR", "2026-01-01T00:00:00+00:00", 1]'])
def test_a_preview_that_we_did_not_sign_starts_nothing(staff, due, token):
    answer = staff.post(reverse(START), {"shown": token, "reason": "Because"})
    assert answer.url == reverse(START)
    assert not PayoutRun.objects.exists()


def test_a_preview_whose_amounts_have_changed_starts_nothing(staff, due):
    token = shown(staff.get(reverse(START)))
    ConnectedAccount.objects.filter(creator__isnull=False).update(
        status="payouts_paused"
    )
    staff.post(reverse(START), {"shown": token, "reason": "Because"})
    assert not PayoutRun.objects.exists()
    assert Accrual.objects.filter(kind="share").exists()


def test_while_payouts_are_stopped_no_run_is_offered(staff, due):
    switches.turn(
        name="payouts", on=True, actor="1", reason="A difference", at=clock.now()
    )
    page = staff.get(reverse(START)).content.decode()
    assert "Payouts are stopped by the switch" in page
    assert "Start and send" not in page
    assert reverse("admin:payouts_discrepancy_changelist") in page


def test_a_second_run_the_same_day_is_possible(staff, due):
    token = shown(staff.get(reverse(START)))
    staff.post(reverse(START), {"shown": token, "reason": "First"})
    shop = due.seller_orders.get().shop
    creator = due.seller_orders.get().lines.get().creator
    more = market.buy(
        market.cart((market.variant(shop, price_amount=20_000), 1, creator))
    )
    market.ship(more)
    market.release_sellers()
    market.advance(timedelta(days=15))
    for reason in ("Second",):
        token = shown(staff.get(reverse(START)))
        staff.post(reverse(START), {"shown": token, "reason": reason})
    assert PayoutRun.objects.count() == 2
    assert PayoutItem.objects.count() == 2


def test_who_is_below_the_minimum_is_skipped_and_told_so(staff, due, settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 5_000}
    text = staff.get(reverse(START)).content.decode()
    assert "Below the payout minimum" in text
    assert "Start and send" not in text


# --- clock ----------------------------------------------------------------------------
def test_moving_the_clock_moves_both_and_says_what_happened(staff, sold):
    before = clock.now()
    for _ in range(2):
        page = staff.get(reverse(CLOCK))
        position = hidden(page, "position")
        answer = staff.post(
            reverse(CLOCK), {"step": "week", "position": position}, follow=True
        )
    text = answer.content.decode()
    assert timedelta(days=14) <= clock.now() - before < timedelta(days=14, minutes=5)
    assert abs(sandbox_control.clock()["now"] - clock.now().timestamp()) < 5
    assert AuditEvent.objects.filter(action="clock.move").count() == 2
    assert Transfer.objects.get(kind="seller").status == TransferStatus.SENT
    assert "It is" in text


def test_a_second_press_moves_the_clock_once(staff, stripe):
    page = staff.get(reverse(CLOCK))
    position = hidden(page, "position")
    for _ in range(2):
        staff.post(reverse(CLOCK), {"step": "hour", "position": position})
    assert AuditEvent.objects.filter(action="clock.move").count() == 1


@pytest.mark.parametrize("step", ["", "year", "-1"])
def test_only_the_four_steps_move_the_clock(staff, stripe, step):
    before = clock.offset()
    staff.post(reverse(CLOCK), {"step": step, "position": str(before)})
    clock.forget()
    assert clock.offset() == before
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_sandbox_there_is_no_clock_page(staff, settings, method):
    settings.STRIPE_WSGI_APP = ""
    answer = getattr(staff, method)(reverse(CLOCK), {"step": "hour"})
    assert answer.status_code == 404
    assert not AuditEvent.objects.exists()


def test_a_years_totals_of_all_parties_are_a_file_for_a_tax_report(staff, sold):
    year = clock.now().year
    file = reverse("admin:year-totals", args=[year])
    listed = staff.get(reverse("admin:payouts_connectedaccount_changelist"))
    assert file in listed.content.decode()

    answer = staff.get(file)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    head, *rows = b"".join(answer).decode().lstrip("\ufeff").splitlines()
    assert head.startswith('"party","name","account at Stripe","year","quarter"')
    assert len(rows) == 2
    assert staff.get(reverse("admin:year-totals", args=[year + 1])).status_code == 404
    assert staff.get(reverse("admin:year-totals", args=[1999])).status_code == 404


def test_who_may_not_see_the_parties_gets_no_totals(client, sold):
    client.force_login(sellers.user(is_staff=True))
    file = reverse("admin:year-totals", args=[clock.now().year])
    assert client.get(file).status_code == 403
