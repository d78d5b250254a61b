"""Every rule of the books: quiet on books the services made, and loud on the harm it is
there for, planted past the database's own nets.
"""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from marketplace.gateway import sandbox_control
from marketplace.kit import clock
from orders.models import OrderLine
from payouts.services import disputes, invariants, refunds, seals
from sellers.models import Photo
from tests.factories import market

pytestmark = pytest.mark.django_db

# What the database itself would refuse, were its triggers and constraints not taken off.
PLANTED = {
    "I01": ["UPDATE sellers_variant SET reserved = on_hand + 1"],
    "I02": ["UPDATE sellers_variant SET reserved = reserved + 1"],
    "I03": ["UPDATE sellers_variant SET on_hand = on_hand + 1"],
    "I04": [
        "DELETE FROM sellers_stockmove WHERE kind = 'sale'",
        "UPDATE sellers_stockmove SET delta = delta * 2 WHERE kind = 'sale'",
    ],
    "I05": [
        "UPDATE sellers_reservation SET expires_at = %(now)s - interval '1 hour'",
        "UPDATE sellers_reservation SET ended_at = NULL WHERE status = 'consumed'",
    ],
    "I06": [
        "UPDATE orders_order SET status = 'cancelled' WHERE paid_at IS NULL",
        "UPDATE sellers_reservation SET status = 'released' WHERE status = 'active'",
    ],
    "I07": [
        "DELETE FROM payouts_posting WHERE id = (SELECT min(posting.id)"
        " FROM payouts_posting posting JOIN payouts_entry entry"
        " ON entry.id = posting.entry_id WHERE entry.kind = 'capture')",
        "DELETE FROM payouts_posting",
    ],
    "I08": [
        "UPDATE payouts_posting SET currency = 'SEK' WHERE currency = 'EUR'",
        "UPDATE payouts_posting SET amount = 0",
        "UPDATE payouts_posting SET debit_id = credit_id",
    ],
    "I09": [
        "UPDATE orders_order SET total_amount = total_amount + 1",
        "UPDATE orders_orderline SET paid_amount = paid_amount - 1",
    ],
    "I10": [
        "UPDATE orders_order SET cart_id = (SELECT min(cart_id) FROM orders_order)",
        "UPDATE orders_payment SET order_id = (SELECT min(id) FROM orders_order)"
        " WHERE status = 'paid'",
    ],
    "I11": [
        "UPDATE orders_payment SET status = 'failed' WHERE status = 'paid'",
        "UPDATE orders_order SET status = 'cancelled' WHERE status = 'paid'",
    ],
    "I12": [
        "UPDATE payouts_reversedshare SET amount = amount + 100000"
        " WHERE role = 'creator'",
        "UPDATE payouts_reversedshare SET amount = amount + 100000"
        " WHERE role = 'platform'",
        "UPDATE orders_refund SET amount = 100000",
    ],
    "I13": [
        "UPDATE orders_payment SET amount = amount + 1",
        "UPDATE orders_payment SET currency = 'SEK'",
    ],
    "I14": [
        "UPDATE payouts_entry SET reference = 'ch_other' WHERE kind = 'capture'",
        "UPDATE payouts_entry SET kind = 'late_capture' WHERE kind = 'capture'",
    ],
    "I15": [
        "INSERT INTO webhooks_stripeevent (endpoint, event_id, type, object_id,"
        " account, api_version, body, is_polled, status, attempts, received_at,"
        " last_error) SELECT endpoint, event_id, type, object_id, account,"
        " api_version, body, is_polled, 'received', 0, received_at, ''"
        " FROM webhooks_stripeevent"
    ],
    "I16": [
        "UPDATE webhooks_stripeevent SET status = 'deferred', handled_at = NULL,"
        " next_attempt_at = %(now)s - interval '2 hours'"
    ],
    "I17": [
        "UPDATE orders_discount SET redeemed = redeemed + 1",
        "UPDATE orders_discount SET max_redemptions = redeemed - 1",
    ],
    "I18": [
        "UPDATE payouts_payoutitem SET amount = amount + 1",
        "UPDATE payouts_transfer SET provider_id = NULL",
        "UPDATE payouts_transfer SET provider_id = 'tr_same'",
        "UPDATE payouts_transfer SET status = 'unknown', provider_id = NULL",
    ],
    "I19": [
        "UPDATE payouts_entry SET occurred_at = occurred_at - interval '10 days'"
        " WHERE kind = 'creator_release'",
        "UPDATE payouts_entry SET occurred_at = occurred_at - interval '10 days'"
        " WHERE kind = 'seller_release'",
        "UPDATE payouts_accrual SET amount = amount + 1",
    ],
    "I20": ["DELETE FROM payouts_entry WHERE kind = 'creator_release'"],
    "I21": [
        "UPDATE orders_payment SET status = 'unknown',"
        " asked_at = %(now)s - interval '2 hours'",
        "UPDATE payouts_transfer SET status = 'submitted',"
        " submitted_at = %(now)s - interval '2 hours'",
        "UPDATE orders_refund SET status = 'unknown', provider_id = NULL,"
        " submitted_at = %(now)s - interval '2 hours'",
    ],
    "I22": [
        "UPDATE payouts_accrual SET amount = amount - 1 WHERE kind = 'goods'",
        "UPDATE orders_orderline SET creator_bps = creator_bps + 100",
    ],
    "I23": [
        "UPDATE orders_order SET user_id = (SELECT min(user_id) FROM creators_creator)"
    ],
    "I24": [
        "UPDATE kit_outbox SET done_at = NULL, created_at = now() - interval '1 hour'"
    ],
    "I25": [
        "UPDATE payouts_posting SET amount = amount + 1 WHERE id ="
        " (SELECT max(id) FROM payouts_posting)",
        "DELETE FROM payouts_seal WHERE sequence = 2",
        "UPDATE payouts_seal SET sealed_at = %(now)s - interval '2 hours';"
        " DELETE FROM payouts_seal WHERE sequence = (SELECT max(sequence) - 1"
        " FROM payouts_seal)",
    ],
    "I27": [
        "UPDATE accounts_user SET erased_at = %(now)s",
        "UPDATE accounts_user SET erased_at = %(now)s, name = '', is_active = false,"
        " email = 'erased-' || id;"
        " UPDATE orders_order SET user_id = (SELECT min(id) FROM accounts_user)",
    ],
    "I28": [
        "INSERT INTO payouts_credentialchange (account_id, what, at)"
        " SELECT account_id, 'password', planned_at - interval '1 hour'"
        " FROM payouts_transfer"
    ],
    "I29": [
        "UPDATE payouts_payoutrun SET needs_approval = true, requested_by = '7',"
        " approved_by = '7'",
        "INSERT INTO payouts_writeoff (public_id, account_id, status, amount, currency,"
        " reason, is_policy, requested_by, requested_at, decided_by) VALUES"
        " ('wo_x', 1, 'approved', 1, 'EUR', 'old', false, '7', %(now)s, '7')",
        "INSERT INTO payouts_discrepancy (public_id, kind, reference, object_id,"
        " currency, our_amount, their_amount, details, first_run_id, last_run_id,"
        " found_at, resolution, reason, requested_by, resolved_by, resolved_at) VALUES"
        " ('dif_x', 'amount', 'txn_x', '', 'EUR', 1, 2, '{}', 1, 1, %(now)s,"
        " 'corrected', 'so', '7', '7', %(now)s)",
    ],
    "I30": [
        "UPDATE orders_sellerorder SET status = 'shipped'",
        "UPDATE orders_orderevent SET before = 'cancelled', after = 'shipped'",
        "DELETE FROM orders_orderevent WHERE after = 'to_ship'",
    ],
    "I31": [
        "UPDATE orders_sellerorder SET status = 'refunded' WHERE status = 'delivered'",
        "DELETE FROM payouts_reversedshare WHERE dispute_id IS NULL",
    ],
    "L04": [
        "UPDATE payouts_posting SET amount = amount + 100000 WHERE debit_id IN"
        " (SELECT id FROM payouts_ledgeraccount WHERE kind = 'seller_payable')"
    ],
    "L05": [
        "UPDATE payouts_transfer SET status = 'unknown' WHERE kind = 'creator'",
        "UPDATE payouts_entry SET kind = 'correction' WHERE kind = 'refund_settled'",
    ],
    "L06": [
        "UPDATE payouts_dispute SET provider_id = 'dp_other'",
        "UPDATE payouts_entry SET provider_id = 'dp_other' WHERE kind = 'dispute_lost'",
    ],
    "L07": [
        "UPDATE payouts_transfer SET amount = amount + 1",
        "DELETE FROM payouts_entry WHERE kind = 'reversal_sent'",
        "DELETE FROM orders_refund",
        "UPDATE payouts_dispute SET lost_at = NULL",
        "UPDATE payouts_reversal SET amount = amount - 1",
    ],
    "L08": [
        "UPDATE payouts_transfer SET amount = amount * 10",
        "UPDATE payouts_transfer SET source_charge_id = 'ch_none'",
    ],
    "L09": [
        "UPDATE orders_refund SET amount = 100000",
        "UPDATE orders_refundline SET amount = amount - 1",
        "DELETE FROM payouts_reversedshare WHERE role = 'creator'",
    ],
    "L10": [
        "UPDATE payouts_entry SET order_reference = 'ord_other'"
        " WHERE kind = 'seller_release'",
        "UPDATE payouts_accrual SET amount = 1 WHERE kind = 'share'",
    ],
    "L11": ["DELETE FROM payouts_entry WHERE kind = 'seller_release'"],
    "L13": [
        "UPDATE payouts_reversal SET status = 'planned', provider_id = NULL,"
        " amount = 100000"
    ],
    "L16": [
        "UPDATE orders_refundline SET quantity = quantity + 5 WHERE quantity > 0",
        "DELETE FROM sellers_stockmove WHERE kind = 'return'",
        "UPDATE sellers_stockmove SET delta = delta + 1 WHERE kind = 'return'",
    ],
    "L17": [
        "UPDATE orders_sellerorder SET status = 'to_ship' WHERE status = 'delivered'",
        "UPDATE orders_sellerorder SET status = 'cancelled' WHERE status = 'to_ship'",
        "UPDATE orders_order SET status = 'refunded' WHERE status = 'paid'",
    ],
    "L18": [
        "UPDATE payouts_dispute SET lost_at = NULL, closed_at = NULL,"
        " payment_id = (SELECT payment.id FROM orders_payment payment"
        " JOIN payouts_transfer transfer"
        " ON transfer.source_charge_id = payment.charge_id LIMIT 1);"
        " UPDATE payouts_entry SET id = 0 WHERE kind = 'dispute'"
    ],
}
UNGUARD = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
        WHERE contype IN ('c', 'u', 'f') AND connamespace = 'public'::regnamespace
        ORDER BY contype DESC
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE',
                       found.owner, found.conname);
    END LOOP;
    FOR found IN SELECT indexrelid::regclass AS name FROM pg_index
        JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indisunique AND NOT indisprimary
          AND pg_class.relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('DROP INDEX %s', found.name);
    END LOOP;
    FOR found IN SELECT DISTINCT tgrelid::regclass AS owner FROM pg_trigger
        WHERE NOT tgisinternal
    LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', found.owner);
    END LOOP;
END $$
"""


@pytest.fixture
def full_books(books, settings, deliver):
    """Sold, sent, paid out and then refunded in part; sold, held and cancelled in part;
    cancelled whole; lost to a bank; and an order that waits for its money.
    """
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    shop, other = market.shop(), market.shop(is_business=False)
    creator = market.creator(shop)
    shirt = market.variant(shop, price_amount=1995)
    mug = market.variant(other, price_amount=2450)
    market.take_in_topups()
    done = market.buy(market.cart((shirt, 3, creator), (mug, 1), code=market.code()))
    market.ship(done)
    market.release_sellers()
    market.run_creators()
    for email, units in (("b@example.com", 2), ("d@example.com", 1)):
        held = market.buy(market.cart((shirt, 2, creator)), market.buyer(email=email))
        line = OrderLine.objects.get(seller_order__order=held)
        give_back(held, refunds.Units(lines={line.pk: units}), reason="cancelled")
    held = market.buy(
        market.cart((shirt, 2, creator)), market.buyer(email="e@example.com")
    )
    line = OrderLine.objects.get(seller_order__order=held)
    give_back(held, refunds.Units(lines={line.pk: 1}), reason="cancelled")
    give_back(done, refunds.Amount(amount=1_000, currency="EUR"), reason="adjustment")
    lose(market.buy(market.cart((mug, 1)), market.buyer(email="f@example.com")))
    market.open_page(
        market.place(market.cart((mug, 2)), market.buyer(email="c@example.com"))
    )
    deliver()
    seals.seal(at=clock.now())


def give_back(order, wanted, *, reason: str) -> None:
    refunds.refund(
        order=order,
        wanted=wanted,
        door="staff",
        reason=reason,
        actor="1",
        note="",
        request_key=f"wish-{order.public_id}",
        at=clock.now(),
    )


def lose(order) -> None:
    """Let the buyer's bank take all of it, and keep it."""
    intent = order.payments.get().payment_intent_id
    dispute = sandbox_control.open_dispute(intent)
    disputes.refresh(provider_id=dispute, at=clock.now())
    sandbox_control.close_dispute(dispute, outcome="lost")
    disputes.refresh(provider_id=dispute, at=clock.now())


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": clock.now()})


def test_clean_books_are_clean_and_every_check_bites(full_books):
    assert len(invariants.CHECKS) >= 20
    assert set(PLANTED) == set(invariants.CHECKS)
    assert invariants.check_and_log(at=clock.now()) == {}

    silent = []
    with transaction.atomic():
        run("SET CONSTRAINTS ALL IMMEDIATE")
        with connection.cursor() as cursor:
            cursor.execute(UNGUARD)
        for name, harms in PLANTED.items():
            for harm in harms:
                with transaction.atomic():
                    run(harm)
                    found = invariants.check(at=clock.now(), only=[name])
                    if not found[name]:
                        silent.append((name, harm))
                    transaction.set_rollback(True)
        transaction.set_rollback(True)

    assert silent == []
    assert invariants.check_and_log(at=clock.now()) == {}


def test_the_command_prints_json_and_exits_1_on_a_broken_rule(full_books):
    # The factory notes pictures without files.
    Photo.objects.all().delete()
    out = io.StringIO()

    call_command("check_invariants", "--json", stdout=out)

    names = [*invariants.CHECKS, "I26"]
    assert json.loads(out.getvalue()) == {name: [] for name in names}
    run(
        "UPDATE sellers_reservation SET expires_at = now() - interval '1 hour'"
        " WHERE status = 'active'"
    )
    out = io.StringIO()
    with pytest.raises(SystemExit) as exited:
        call_command("check_invariants", "--json", "--only", "I05", stdout=out)
    assert exited.value.code == 1
    assert len(json.loads(out.getvalue())["I05"]) == 1
    run(
        "UPDATE sellers_reservation SET expires_at = now() + interval '40 days'"
        " WHERE status = 'active'"
    )


def test_the_command_refuses_a_rule_it_does_not_know(db):
    with pytest.raises(CommandError, match="no invariant I99"):
        call_command("check_invariants", "--only", "I99", stdout=io.StringIO())


def test_a_broken_rule_is_logged_as_an_error(full_books, caplog):
    run("UPDATE kit_outbox SET done_at = NULL, created_at = now() - interval '1 hour'")

    broken = invariants.check_and_log(at=clock.now() + timedelta(seconds=1))

    assert set(broken) == {"I24"}
    assert "invariant I24 broken" in caplog.text
    run("UPDATE kit_outbox SET done_at = now()")


def test_a_photo_whose_file_is_gone_is_named(db):
    market.variant(market.shop(is_payable=False), price_amount=100)
    photo = Photo.objects.get()

    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("check_invariants", "--json", "--only", "I26", stdout=out)

    found = json.loads(out.getvalue())["I26"]
    assert found == [f"photo {photo.pk} {one['path']}" for one in photo.renditions]
    assert found
