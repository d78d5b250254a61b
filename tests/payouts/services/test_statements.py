import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from marketplace.kit import clock, spreadsheets
from orders.models import Refund, RefundDoor, RefundFunding, RefundReason
from payouts.models import AccountKind, CommissionInvoice, EntryKind
from payouts.services import (
    forecasts,
    invoices,
    ledger,
    periods,
    refunds,
    statement_files,
    statements,
    takeback_shares,
    takebacks,
    year_totals,
)
from payouts.services.ledger import Move, Name
from payouts.services.statements import LineKind
from tests.factories import market

pytestmark = pytest.mark.django_db
CLEARING = Name(AccountKind.ORDER_CLEARING)
BACK = Name(AccountKind.CLEARING_REFUND)


@pytest.fixture
def sale(books, settings):
    """Nina's shirts and a delivery, sold by a trader."""
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    shop = market.shop(delivery_amount=495)
    nina = market.creator(shop, rate_bps=1250, funded_by="seller")
    shirt = market.variant(shop, price_amount=1995)
    market.take_in_topups()
    return market.buy(market.cart((shirt, 3, nina)))


def parties(order):
    part = order.seller_orders.get()
    return (
        part.shop.connected_account,
        part.lines.get().creator.connected_account,
    )


def period(account, *, days_before=1, days_after=1):
    at = clock.now()
    return {
        "account": account,
        "currency": "EUR",
        "starts_at": at - timedelta(days=days_before),
        "ends_at": at + timedelta(days=days_after),
    }


def give_back_a_shirt(order):
    """Book the return of one unit as a refund does."""
    at = clock.now()
    of = takebacks.sale(order)
    taken = takeback_shares.take_units(of.components[0], 1)
    refund = Refund.objects.create(
        order=order,
        payment=order.payments.get(),
        amount=taken.buyer,
        due_amount=0,
        currency="EUR",
        door=RefundDoor.STAFF,
        reason=RefundReason.RETURNED,
        funded_by=RefundFunding.PARTIES,
        request_key=f"key-{Refund.objects.count()}",
        requested_at=at,
    )
    refund.lines.create(
        seller_order=of.parts[taken.seller_order],
        line=of.lines[taken.line],
        quantity=1,
        amount=taken.buyer,
        subsidy_amount=taken.subsidy,
        goodwill_amount=taken.goodwill,
    )
    moves = takebacks.take(of=of, taken=[taken], refund=refund, at=at)
    ledger.post(
        kind=EntryKind.REFUND,
        reference=refund.public_id,
        currency="EUR",
        moves=[*moves, Move(CLEARING, BACK, taken.buyer)],
        at=at,
        order_reference=order.public_id,
    )
    takebacks.settle(of=of, refund=refund, at=at)
    return refund


def kinds_and_amounts(found):
    return [(line.kind, line.amount) for line in found.lines]


def test_a_sellers_month_leads_from_the_sale_to_what_was_sent(sale):
    seller, _creator = parties(sale)
    market.ship(sale)
    market.release_sellers()

    found = statements.statement(**period(seller, days_before=20))

    assert found.opening_amount == 0
    assert kinds_and_amounts(found) == [
        (LineKind.SALE, 4873),
        (LineKind.DELIVERY, 495),
        (LineKind.SENT, -5368),
    ]
    assert found.closing_amount == 0
    goods = found.lines[0]
    assert (goods.base_amount, goods.rate_bps, goods.quantity) == (4946, 1000, 3)


def test_a_creators_line_tells_rate_base_and_rule(sale):
    _seller, creator = parties(sale)

    found = statements.statement(**period(creator))

    (line,) = found.lines
    assert (line.kind, line.amount, line.base_amount) == (LineKind.SHARE, 618, 4946)
    assert (line.rate_bps, line.rule) == (1250, "tag")
    assert found.closing_amount == 618


def test_a_refund_after_the_transfer_leaves_a_debt_that_the_statement_shows(sale):
    seller, creator = parties(sale)
    market.ship(sale)
    market.release_sellers()

    give_back_a_shirt(sale)

    sellers = statements.statement(**period(seller, days_before=20))
    assert kinds_and_amounts(sellers)[-1] == (LineKind.REFUND, -1624)
    assert sellers.lines[-1].reason == "returned"
    assert sellers.closing_amount == -1624
    creators = statements.statement(**period(creator, days_before=20))
    assert kinds_and_amounts(creators) == [
        (LineKind.SHARE, 618),
        (LineKind.REFUND, -206),
    ]


def test_a_debt_set_off_against_the_next_sale_is_a_line_of_its_own(sale, settings):
    settings.CLAWBACK = dict.fromkeys(
        ("seller", "creator"), {"reverse": False, "net": True}
    )
    seller, _creator = parties(sale)
    shop = sale.seller_orders.get().shop
    market.ship(sale)
    market.release_sellers()
    give_back_a_shirt(sale)
    mug = market.variant(shop, price_amount=5000)
    market.ship(market.buy(market.cart((mug, 1))))
    before = clock.now()
    market.release_sellers()

    found = statements.statement(
        account=seller,
        currency="EUR",
        starts_at=before,
        ends_at=before + timedelta(days=20),
    )

    # 5000 + 495 delivery − 413 commission, less what was owed.
    assert found.opening_amount == 5082 - 1624
    assert kinds_and_amounts(found) == [
        (LineKind.SET_OFF, 0),
        (LineKind.SENT, -3458),
    ]
    assert found.lines[0].memo_amount == 1624
    assert found.closing_amount == 0


def test_a_statement_closes_with_what_the_ledger_says(sale):
    seller, _creator = parties(sale)
    give_back_a_shirt(sale)

    found = statements.statement(**period(seller))

    held = ledger.balances()[f"seller_held:{seller.reference}:EUR"]
    assert found.closing_amount == held == 5368 - 1624


def test_one_month_closes_where_the_next_opens(sale):
    seller, _creator = parties(sale)
    market.ship(sale)
    middle = clock.now() + timedelta(days=1)
    market.release_sellers()
    whole = statements.statement(**period(seller, days_before=20))

    first = statements.statement(
        account=seller, currency="EUR", starts_at=whole.starts_at, ends_at=middle
    )
    second = statements.statement(
        account=seller, currency="EUR", starts_at=middle, ends_at=whole.ends_at
    )

    assert first.closing_amount == second.opening_amount == 5368
    assert first.lines + second.lines == whole.lines


@pytest.mark.parametrize("sales", [1, 3])
def test_the_queries_do_not_grow_with_the_lines(sale, sales, django_assert_num_queries):
    seller, _creator = parties(sale)
    shop = sale.seller_orders.get().shop
    for _ in range(sales - 1):
        market.buy(market.cart((market.variant(shop, price_amount=900), 1)))

    asked = period(seller)
    # Two balances, the entries and their accruals.
    with django_assert_num_queries(4):
        found = statements.statement(**asked)

    assert len(found.lines) == 2 * sales


def test_the_csv_runs_from_the_opening_to_the_closing_balance(sale):
    seller, _creator = parties(sale)
    give_back_a_shirt(sale)
    found = statements.statement(**period(seller))

    text = "".join(spreadsheets.csv_lines(statement_files.statement_rows(found)))

    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(row["kind"], row["amount"], row["balance"]) for row in rows] == [
        ("opening", "", "0.00"),
        ("sale", "48.73", "48.73"),
        ("delivery", "4.95", "53.68"),
        ("refund", "-16.24", "37.44"),
        ("closing", "", "37.44"),
    ]


def test_what_goes_back_of_a_delivery_is_called_so(sale):
    seller, _creator = parties(sale)
    refunds.refund(
        order=sale,
        wanted=refunds.Amount(amount=1000, currency="EUR"),
        door=RefundDoor.STAFF,
        reason=RefundReason.ADJUSTMENT,
        actor="7",
        note="late",
        request_key="key-1",
        at=clock.now(),
    )

    found = statements.statement(**period(seller))

    title = sale.seller_orders.get().lines.get().title
    assert [statement_files.words(line) for line in found.lines] == [
        f"Sale: {title} × 3",
        "Delivery",
        f"Refund: {title}",
        "Refund: delivery",
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", " ="])
def test_a_title_that_a_spreadsheet_would_calculate_is_made_inert(start):
    (line,) = spreadsheets.csv_lines([[f"{start}cmd()", -5]])

    assert line == f'\ufeff"\'{start}cmd()",-5\r\n'


@pytest.mark.parametrize("language", ["en", "sv", "nl", "ja"])
def test_the_pdf_is_set_in_every_language(sale, language):
    seller, _creator = parties(sale)
    found = statements.statement(**period(seller))

    paper = statement_files.statement_pdf(
        found, name="つばめ金工 <b>&", language=language
    )

    assert paper.startswith(b"%PDF-")
    assert paper.count(b"/Type /Page\n") == 1


def test_the_forecast_comes_true_when_nothing_comes_between(sale):
    seller, creator = parties(sale)
    (undated,) = forecasts.forecast(account=creator)
    assert (undated.amount, undated.available_at, undated.sent_at) == (618, None, None)
    market.ship(sale)

    (share,) = forecasts.forecast(account=creator)
    goods, shipping = forecasts.forecast(account=seller)

    delivered = sale.seller_orders.get().delivered_at
    assert share.available_at == delivered + timedelta(days=14)
    assert share.sent_at is not None
    assert share.sent_at.isoweekday() == 5
    assert share.sent_at.hour == 2
    assert share.available_at <= share.sent_at.replace(hour=0)
    assert share.sent_at - share.available_at < timedelta(days=7, hours=3)
    fulfilled = sale.seller_orders.get().fulfilled_at
    assert {goods.sent_at, shipping.sent_at} == {fulfilled + timedelta(days=7)}
    assert (goods.amount, shipping.amount) == (4873, 495)


def test_the_forecast_leaves_out_what_was_given_back(sale):
    seller, creator = parties(sale)

    give_back_a_shirt(sale)

    assert [one.amount for one in forecasts.forecast(account=creator)] == [412]
    assert [one.amount for one in forecasts.forecast(account=seller)] == [3249, 495]


def test_a_months_commission_is_invoiced_once_with_what_was_given_back(sale):
    seller, _creator = parties(sale)
    give_back_a_shirt(sale)
    month = periods.Month.of(clock.now())

    assert invoices.issue(account=seller, month=month, at=month.ends_at) == 1
    assert invoices.issue(account=seller, month=month, at=month.ends_at) == 0

    invoice = CommissionInvoice.objects.get()
    assert (invoice.charged_amount, invoice.returned_amount) == (494, 165)
    assert invoice.total_amount == 329
    assert invoice.reference == f"C{month.ends_at.year}-00001"
    assert [line["kind"] for line in invoice.lines] == ["sale", "refund"]
    assert statement_files.invoice_pdf(invoice, language="ja").startswith(b"%PDF-")


def test_the_years_totals_count_sales_fees_and_what_was_given_back(sale):
    seller, creator = parties(sale)
    give_back_a_shirt(sale)
    year = clock.now().year

    (sold,) = year_totals.totals(account=seller, year=year)
    assert (sold.count, sold.gross_amount, sold.fees_amount) == (1, 6480, 494 + 618)
    assert (sold.refunds, sold.refunded_amount) == (1, 1995)
    (earned,) = year_totals.totals(account=creator, year=year)
    assert (earned.count, earned.gross_amount, earned.fees_amount) == (1, 618, 0)
    assert (earned.refunds, earned.refunded_amount) == (1, 206)
    assert year_totals.totals(account=seller, year=year - 1) == []


def test_a_tax_report_has_a_row_for_each_party_and_quarter(sale):
    give_back_a_shirt(sale)
    seller, creator = parties(sale)

    head, *rows = year_totals.rows(year=clock.now().year)

    assert head[:3] == ["party", "name", "account at Stripe"]
    quarter = (clock.now().month + 2) // 3
    assert [row[0] for row in rows] == [seller.reference, creator.reference]
    assert rows[0][3:] == [
        *(clock.now().year, quarter, "EUR", 1),
        *(Decimal("64.80"), Decimal("11.12"), 1, Decimal("19.95")),
    ]
    assert rows[1][6:] == [1, Decimal("6.18"), Decimal("0.00"), 1, Decimal("2.06")]
    assert list(year_totals.rows(year=clock.now().year - 1)) == [head]


def test_what_the_platform_gave_the_buyer_is_no_refund_of_the_shop(sale):
    refunds.refund(
        order=sale,
        wanted=refunds.Amount(amount=700, currency="EUR"),
        door="staff",
        reason="adjustment",
        funded_by="platform",
        actor="staff-1",
        note="late",
        request_key="gift",
        at=clock.now(),
    )

    (sold,) = year_totals.totals(account=parties(sale)[0], year=clock.now().year)

    assert (sold.refunds, sold.refunded_amount) == (0, 0)


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "26-01", "x", "2026-00", ""])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        periods.Month.parse(text)


def test_months_follow_each_other_over_the_year():
    month = periods.Month.parse("2026-12")

    assert str(month.next) == "2027-01"
    assert month.ends_at == datetime(2027, 1, 1, tzinfo=UTC)
