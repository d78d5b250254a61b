"""What the platform charged, month by month: what was given back is told of in its
month, and what is charged again after all in the month of that.
"""

from datetime import timedelta

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from payouts.models import CommissionInvoice
from payouts.services import (
    invoices,
    periods,
    refund_failures,
    refund_sending,
    refunds,
    statement_files,
)
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def sale():
    """Three shirts and a delivery: 6480 cents, 494 of them commission."""
    shop = market.shop(delivery_amount=495)
    shirt = market.variant(shop, price_amount=1995)
    market.take_in_topups()
    return market.buy(market.cart((shirt, 3)))


@pytest.fixture
def seller(sale):
    return sale.seller_orders.get().shop.connected_account


@pytest.fixture
def failed(sale):
    """A refund of the whole sale that the buyer's bank sent back."""
    refund = refunds.refund(
        order=sale,
        wanted=refunds.Amount(amount=6480, currency="EUR"),
        door="staff",
        reason="adjustment",
        actor="staff-1",
        note="Lost",
        request_key="wish-1",
        at=clock.now(),
    )
    jobs.drain()
    refund.refresh_from_db()
    sandbox_control.fail_refund(refund.provider_id)
    facts = gateway.fetch_refund(refund_id=refund.provider_id)
    refund_sending.record(refund=refund, facts=facts, at=clock.now())
    refund.refresh_from_db()
    assert refund.status == "failed"
    return refund


def withdraw(refund, *, at):
    refund_failures.withdraw(refund=refund, actor="staff-1", reason="Found", at=at)


def issue(account, month, *, at):
    return invoices.issue(account=account, month=month, at=at)


@pytest.mark.parametrize("is_issued_first", [True, False])
def test_a_refund_withdrawn_in_a_later_month_is_charged_again_in_that_month(
    failed, seller, is_issued_first
):
    month = periods.Month.of(clock.now())
    if is_issued_first:
        issue(seller, month, at=month.ends_at)
    withdraw(failed, at=month.ends_at + timedelta(hours=1))

    issue(seller, month, at=month.next.ends_at)
    issue(seller, month.next, at=month.next.ends_at)

    first, second = CommissionInvoice.objects.order_by("month_starts_at")
    assert (first.charged_amount, first.returned_amount) == (494, 494)
    assert (second.charged_amount, second.returned_amount) == (494, 0)
    assert [(line["kind"], line["amount"]) for line in second.lines] == [
        ("restored", 494)
    ]
    # Together they come to what the platform kept of the sale.
    assert first.total_amount + second.total_amount == 494
    assert statement_files.invoice_pdf(second, language="sv").startswith(b"%PDF-")


def test_a_refund_withdrawn_in_its_own_month_is_on_no_invoice(failed, seller):
    month = periods.Month.of(clock.now())
    withdraw(failed, at=clock.now())

    assert issue(seller, month, at=month.ends_at) == 1
    assert issue(seller, month.next, at=month.next.ends_at) == 0

    invoice = CommissionInvoice.objects.get()
    assert (invoice.charged_amount, invoice.returned_amount) == (494, 0)
    assert [line["kind"] for line in invoice.lines] == ["sale"]


def test_a_month_is_invoiced_once_and_then_costs_a_few_queries(
    sale, seller, django_assert_max_num_queries
):
    month = periods.Month.of(clock.now())
    later = month.ends_at + timedelta(hours=1)

    assert invoices.issue_due(at=clock.now()) == 0
    assert invoices.issue_due(at=later) == 1
    # something was sold in the month; whoever has no invoice of it: nobody
    with django_assert_max_num_queries(2):
        assert invoices.issue_due(at=later) == 0
    assert CommissionInvoice.objects.get().charged_amount == 494


@pytest.mark.parametrize("months", [0, 1])
def test_a_month_of_which_only_a_refund_tells_is_invoiced(failed, months):
    """Given back in the month of the sale, charged again in the next."""
    month = periods.Month.of(clock.now())
    withdraw(failed, at=month.ends_at + timedelta(hours=1))
    due = (month, month.next)[months].ends_at + timedelta(hours=1)

    assert invoices.issue_due(at=due) == 1
