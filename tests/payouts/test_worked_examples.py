"""The two worked examples of docs/money.md, to the cent: from the postings, against the
ledger's balances and the sandbox's own journal and balance.
"""

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import OrderLine
from payouts.models import Entry, EntryKind, PayoutRunStatus, Posting, Transfer
from payouts.services import ledger, refund_sending, refunds
from payouts.services.refunds import Amount, Units
from tests.factories import market

pytestmark = pytest.mark.django_db
OPENING = 1_000_000


def postings(
    kind: str, names: dict[str, str], *, of: str = ""
) -> list[tuple[str, str, int]]:
    """All postings of a kind of entry (`of` one reference only), parties by the names
    of the example.
    """

    def named(code: str) -> str:
        account, *party = code.split(":")[:-1]
        return ":".join([account, *(names.get(one, one) for one in party)])

    rows = (
        Posting.objects.filter(
            entry__kind=kind, **({"entry__reference": of} if of else {})
        )
        .select_related("debit", "credit")
        .order_by("pk")
    )
    return [(named(row.debit.code), named(row.credit.code), row.amount) for row in rows]


def transfers_in_journal() -> list[tuple[int, str | None]]:
    """What the sandbox says it sent: amount and the charge drawn on."""
    return [
        (line["amount"], line["request"].get("source_transaction"))
        for line in sandbox_control.journal()
        if line["path"] == "/v1/transfers" and line["outcome"] == "executed"
    ]


def test_the_euro_cart_is_captured_released_sent_and_paid_out(books, settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    trader = market.shop(delivery_amount=495)
    person = market.shop(is_business=False, delivery_amount=650)
    nina = market.creator(trader, rate_bps=1250, funded_by="seller")
    names = {trader.public_id: "A", person.public_id: "B", nina.public_id: "Nina"}
    shirt = market.variant(trader, price_amount=1995)
    mug = market.variant(person, price_amount=2450)
    market.take_in_topups()

    order = market.buy(market.cart((shirt, 3, nina), (mug, 1), code=market.code()))
    charge = order.payments.get().charge_id

    assert order.total_amount == 8_736
    lines = OrderLine.objects.filter(seller_order__order=order).order_by("unit_amount")
    assert [
        (line.gross_amount, line.platform_discount_amount, line.tax_included_amount)
        for line in lines
    ] == [(5_985, 599, 1_039), (2_450, 245, 0)]
    assert postings(EntryKind.CAPTURE, names) == [
        ("stripe_balance", "order_clearing", 8_736),
        ("platform_discounts", "order_clearing", 844),
        ("order_clearing", "seller_held:A", 5_368),
        ("order_clearing", "creator_held:Nina", 618),
        ("order_clearing", "platform_commission", 739),
        ("order_clearing", "seller_held:B", 2_855),
    ]
    assert postings(EntryKind.FEE, names) == [("processing_fee", "stripe_balance", 156)]

    market.ship(order)
    market.release_sellers()

    assert postings(EntryKind.SELLER_RELEASE, names) == [
        ("seller_held:A", "seller_payable:A", 5_368),
        ("seller_held:B", "seller_payable:B", 2_855),
    ]
    assert transfers_in_journal() == [(5_368, charge), (2_855, charge)]
    assert ledger.balances()["stripe_balance:EUR"] == -(OPENING + 357)

    run = market.run_creators(currency="EUR")

    assert run.status == PayoutRunStatus.DONE
    assert postings(EntryKind.CREATOR_RELEASE, names) == [
        ("creator_held:Nina", "creator_payable:Nina", 618)
    ]
    assert postings(EntryKind.TRANSFER, names) == [
        ("seller_payable:A", "clearing_transfer", 5_368),
        ("seller_payable:B", "clearing_transfer", 2_855),
        ("creator_payable:Nina", "clearing_transfer", 618),
    ]
    assert postings(EntryKind.TRANSFER_SENT, names) == [
        ("clearing_transfer", "stripe_balance", 5_368),
        ("clearing_transfer", "stripe_balance", 2_855),
        ("clearing_transfer", "stripe_balance", 618),
    ]
    assert transfers_in_journal()[2:] == [(618, None)]
    # What the sale left, 357, did not do: 261 are the platform's own money.
    assert ledger.balances()["stripe_balance:EUR"] == -(OPENING - 261)
    assert gateway.fetch_balance()["EUR"].available_amount == OPENING - 261
    assert ledger.trial_balance()["EUR"] == 0


def test_the_yen_order_pays_its_tax_to_the_platform(japan, books, settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"JPY": 1}
    seller = market.shop(country="JP", currency="JPY", delivery_amount=0)
    creator = market.creator(seller, rate_bps=500, funded_by="seller")
    names = {seller.public_id: "S", creator.public_id: "C"}
    bowl = market.variant(seller, price_amount=10_000)
    market.take_in_topups()

    order = market.buy(market.cart((bowl, 1, creator)), market.buyer(country="JP"))
    charge = order.payments.get().charge_id

    assert (order.total_amount, order.added_tax_amount) == (11_000, 1_000)
    assert postings(EntryKind.CAPTURE, names) == [
        ("stripe_balance", "order_clearing", 11_000),
        ("order_clearing", "seller_held:S", 8_500),
        ("order_clearing", "creator_held:C", 500),
        ("order_clearing", "platform_commission", 1_000),
        ("order_clearing", "tax_payable:JP", 1_000),
    ]
    assert postings(EntryKind.FEE, names) == [("processing_fee", "stripe_balance", 396)]

    market.ship(order)
    market.release_sellers()
    run = market.run_creators(currency="JPY")

    assert run.status == PayoutRunStatus.DONE
    assert postings(EntryKind.SELLER_RELEASE, names) == [
        ("seller_held:S", "seller_payable:S", 8_500)
    ]
    assert postings(EntryKind.CREATOR_RELEASE, names) == [
        ("creator_held:C", "creator_payable:C", 500)
    ]
    assert postings(EntryKind.TRANSFER_SENT, names) == [
        ("clearing_transfer", "stripe_balance", 8_500),
        ("clearing_transfer", "stripe_balance", 500),
    ]
    assert transfers_in_journal() == [(8_500, charge), (500, None)]
    balances = ledger.balances()
    assert balances["stripe_balance:JPY"] == -(OPENING + 11_000 - 396 - 9_000)
    assert gateway.fetch_balance()["JPY"].available_amount == OPENING + 1_604
    assert balances["tax_payable:JP:JPY"] == 1_000
    assert ledger.trial_balance()["JPY"] == 0


def give_back(order, wanted, *, reason: str = "returned", key: str):
    """Refund at the word of staff, and send it."""
    shown = refunds.preview(order=order, wanted=wanted, reason=reason, at=clock.now())
    made = refunds.refund(
        order=order,
        wanted=wanted,
        door="staff",
        reason=reason,
        actor="staff-1",
        note="as in the example",
        request_key=key,
        at=clock.now(),
    )
    jobs.drain()
    made.refresh_from_db()
    assert (made.status, made.amount) == ("sent", shown.amount)
    return made


def test_the_euro_cart_is_refunded_in_the_hold_and_after_the_payout(books, settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    trader = market.shop(delivery_amount=495)
    person = market.shop(is_business=False, delivery_amount=650)
    nina = market.creator(trader, rate_bps=1250, funded_by="seller")
    names = {trader.public_id: "A", person.public_id: "B", nina.public_id: "Nina"}
    shirt = market.variant(trader, price_amount=1995)
    mug = market.variant(person, price_amount=2450)
    market.take_in_topups()
    order = market.buy(market.cart((shirt, 3, nina), (mug, 1), code=market.code()))
    line_a, line_b = OrderLine.objects.filter(seller_order__order=order).order_by(
        "unit_amount"
    )
    market.ship(order)

    # The mug in the hold, delivery kept.
    made = give_back(order, Units(lines={line_b.pk: 1}), key="mug")

    assert made.amount == 2_205
    assert sorted(postings(EntryKind.REFUND, names, of=made.public_id)) == [
        ("order_clearing", "clearing_refund", 2_205),
        ("order_clearing", "platform_discounts", 245),
        ("platform_commission", "order_clearing", 245),
        ("seller_held:B", "order_clearing", 2_205),
    ]
    assert postings(EntryKind.REFUND_SETTLED, names) == [
        ("clearing_refund", "stripe_balance", 2_205)
    ]

    market.release_sellers()
    run = market.run_creators(currency="EUR")

    assert run.status == PayoutRunStatus.DONE
    assert sorted(
        Transfer.objects.filter(status="sent").values_list("amount", flat=True)
    ) == [618, 650, 5_368]

    # One shirt after the payout, then the two others.
    wanted = [
        (1_795, 200, 1_624, 206, 165),
        (1_795, 200, 1_625, 206, 164),
        (1_796, 199, 1_624, 206, 165),
    ]
    for number, (buyer, subsidy, seller, creator, platform) in enumerate(wanted):
        made = give_back(order, Units(lines={line_a.pk: 1}), key=f"shirt-{number}")
        assert made.amount == buyer
        assert sorted(postings(EntryKind.REFUND, names, of=made.public_id)) == sorted(
            [
                ("receivable:A", "order_clearing", seller),
                ("receivable:Nina", "order_clearing", creator),
                ("platform_commission", "order_clearing", platform),
                ("order_clearing", "platform_discounts", subsidy),
                ("order_clearing", "clearing_refund", buyer),
            ]
        )

    # Every component of the goods ended at 0; what is left is the delivery.
    balances = ledger.balances()
    assert balances["platform_discounts:EUR"] == 0
    assert balances["platform_commission:EUR"] == 0
    left = refunds.preview(
        order=order,
        wanted=Amount(amount=1, currency="EUR"),
        reason="adjustment",
        at=clock.now(),
    )
    assert left.remaining_amount + 1 == 495 + 650
    order.refresh_from_db()
    assert order.status == "refunded"
    assert ledger.trial_balance()["EUR"] == 0


def the_yen_order(settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"JPY": 1}
    seller = market.shop(country="JP", currency="JPY", delivery_amount=0)
    creator = market.creator(seller, rate_bps=500, funded_by="seller")
    names = {seller.public_id: "S", creator.public_id: "C"}
    bowl = market.variant(seller, price_amount=10_000)
    market.take_in_topups()
    order = market.buy(market.cart((bowl, 1, creator)), market.buyer(country="JP"))
    return order, names


def test_a_fifth_of_the_yen_order_is_refunded_and_fails(japan, books, settings):
    order, names = the_yen_order(settings)

    made = give_back(
        order, Amount(amount=2_200, currency="JPY"), reason="adjustment", key="6"
    )

    # 6 and 6b
    assert sorted(postings(EntryKind.REFUND, names)) == [
        ("creator_held:C", "order_clearing", 100),
        ("order_clearing", "clearing_refund", 2_200),
        ("platform_commission", "order_clearing", 200),
        ("seller_held:S", "order_clearing", 1_700),
        ("tax_payable:JP", "order_clearing", 200),
    ]
    assert postings(EntryKind.REFUND_SETTLED, names) == [
        ("clearing_refund", "stripe_balance", 2_200)
    ]

    # 6c: days later
    market.advance(5 * market.DAY)
    sandbox_control.fail_refund(made.provider_id)
    facts = gateway.fetch_refund(refund_id=made.provider_id)
    refund_sending.record(refund=made, facts=facts, at=clock.now())

    assert postings(EntryKind.REFUND_FAILED, names) == [
        ("stripe_balance", "clearing_refund", 2_200),
        ("clearing_refund", "buyer_refund_due", 2_200),
    ]
    assert made.status == "failed"
    assert ledger.balances()["buyer_refund_due:JPY"] == 2_200
    assert Entry.objects.filter(kind=EntryKind.REFUND_WITHDRAWN).count() == 0


def test_the_yen_order_is_refunded_whole_after_both_transfers(japan, books, settings):
    order, names = the_yen_order(settings)
    market.ship(order)
    market.release_sellers()
    market.run_creators(currency="JPY")
    line = OrderLine.objects.get(seller_order__order=order)

    made = give_back(order, Units(lines={line.pk: 1}), key="7")

    # 7
    assert made.amount == 11_000
    assert sorted(postings(EntryKind.REFUND, names)) == [
        ("order_clearing", "clearing_refund", 11_000),
        ("platform_commission", "order_clearing", 1_000),
        ("receivable:C", "order_clearing", 500),
        ("receivable:S", "order_clearing", 8_500),
        ("tax_payable:JP", "order_clearing", 1_000),
    ]
    order.refresh_from_db()
    assert order.status == "refunded"
    assert ledger.trial_balance()["JPY"] == 0
