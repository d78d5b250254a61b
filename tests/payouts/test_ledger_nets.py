"""What the database itself refuses of the ledger, to the role the app connects as."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from marketplace.kit import clock
from payouts.models import AccountKind, Entry, EntryKind, LedgerAccount, Posting
from payouts.services import ledger
from payouts.services.ledger import Move, Name

pytestmark = pytest.mark.django_db
APPEND_ONLY = [
    "payouts_ledgeraccount",
    "payouts_entry",
    "payouts_posting",
    "payouts_accrual",
    "payouts_payoutitem",
    "payouts_withheldshare",
    "payouts_credentialchange",
    "orders_orderline",
    "orders_lineattribution",
    "orders_orderevent",
    "orders_shipmentline",
    "sellers_stockmove",
    "sellers_pricechange",
    "kit_auditevent",
    "kit_consentrecord",
    "orders_refundline",
    "orders_returnline",
    "payouts_reversedshare",
    "payouts_netting",
    "payouts_seal",
    "payouts_commissioninvoice",
]


@pytest.fixture
def entry(db) -> Entry:
    """One entry of one posting: 500 EUR cents from the bank."""
    return ledger.post(
        kind=EntryKind.TOPUP,
        reference="txn_1",
        currency="EUR",
        moves=[Move(Name(AccountKind.STRIPE_BALANCE), Name(AccountKind.BANK), 500)],
        at=clock.now(),
    )


def refused(sql: str, *, message: str = "is append-only") -> None:
    with (
        pytest.raises(DatabaseError, match=message),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def account(kind: AccountKind, currency: str = "EUR") -> LedgerAccount:
    return ledger.accounts([Name(kind)], currency)[Name(kind)]


def test_the_app_is_no_superuser_and_may_not_switch_triggers_off_for_itself(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolreplication, rolbypassrls FROM pg_roles"
            " WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False)
    refused("SET session_replication_role = replica", message="permission denied")


@pytest.mark.parametrize("table", ["payouts_entry", "payouts_posting"])
def test_update_and_delete_of_a_written_row_are_refused(entry, table):
    refused(f"UPDATE {table} SET id = id")
    refused(f"DELETE FROM {table}")

    assert Entry.objects.get().reference == "txn_1"
    assert Posting.objects.get().amount == 500


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_truncate_is_refused_but_to_the_test_run(db, table):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL marketplace.allow_truncate = off")

    refused(f"TRUNCATE {table} CASCADE")


def test_every_append_only_table_has_both_triggers(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, count(*) FROM pg_trigger JOIN pg_class"
            " ON pg_class.oid = tgrelid WHERE NOT tgisinternal AND tgenabled = 'O'"
            " GROUP BY relname ORDER BY relname"
        )
        assert dict(cursor.fetchall()) == dict.fromkeys(sorted(APPEND_ONLY), 2)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_posting_of_nothing_or_less_is_refused(entry, amount):
    with pytest.raises(IntegrityError, match="posting_amount"), transaction.atomic():
        Posting.objects.create(
            entry=entry,
            debit=account(AccountKind.STRIPE_BALANCE),
            credit=account(AccountKind.BANK),
            amount=amount,
            currency="EUR",
        )
    assert Posting.objects.count() == 1


def test_a_posting_from_an_account_to_itself_is_refused(entry):
    bank = account(AccountKind.BANK)

    with (
        pytest.raises(IntegrityError, match="posting_two_accounts"),
        transaction.atomic(),
    ):
        Posting.objects.create(
            entry=entry, debit=bank, credit=bank, amount=1, currency="EUR"
        )


@pytest.mark.parametrize(
    ("debit_currency", "credit_currency", "currency"),
    [("SEK", "EUR", "EUR"), ("EUR", "SEK", "EUR"), ("EUR", "EUR", "SEK")],
)
def test_a_posting_in_another_currency_than_its_accounts_is_refused_at_once(
    entry, debit_currency, credit_currency, currency
):
    debit = account(AccountKind.STRIPE_BALANCE, debit_currency)
    credit = account(AccountKind.BANK, credit_currency)

    with (
        pytest.raises(IntegrityError, match="posting_(debit|credit)_currency"),
        transaction.atomic(),
    ):
        Posting.objects.create(
            entry=entry, debit=debit, credit=credit, amount=1, currency=currency
        )
