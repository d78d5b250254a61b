"""The chain over the ledger: complete, and broken by whoever changes a sealed row."""

import pytest
from django.db import connection

from marketplace.kit import clock
from payouts.models import AccountKind, Entry, EntryKind, Seal
from payouts.services import invariants, ledger, seals
from payouts.services.ledger import Move, Name

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(db) -> list[Entry]:
    """Five entries of 100 to 500 EUR cents, all sealed."""
    made = [top_up(f"txn_{number}", number * 100) for number in range(1, 6)]
    assert seals.seal(at=clock.now()) == 5
    return made


def top_up(reference: str, amount: int) -> Entry:
    return ledger.post(
        kind=EntryKind.TOPUP,
        reference=reference,
        currency="EUR",
        moves=[Move(Name(AccountKind.STRIPE_BALANCE), Name(AccountKind.BANK), amount)],
        at=clock.now(),
    )


def broken() -> list[str]:
    return invariants.check(at=clock.now(), only=["I25"])["I25"]


def behind_the_nets(sql: str, *parameters) -> None:
    """Change a row as its owner would with the triggers off: the app's role is no
    superuser and cannot set session_replication_role.
    """
    tables = ["payouts_entry", "payouts_posting", "payouts_ledgeraccount"]
    tables.append("payouts_seal")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, parameters)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_every_entry_gets_one_link_in_order_and_the_chain_holds(sealed):
    links = list(Seal.objects.order_by("sequence"))

    assert [link.sequence for link in links] == [1, 2, 3, 4, 5]
    assert [link.entry_id for link in links] == [entry.pk for entry in sealed]
    assert len({link.hash for link in links}) == 5
    assert seals.end() == (5, links[-1].hash)
    assert broken() == []


def test_sealing_again_adds_only_what_is_new(sealed):
    assert seals.seal(at=clock.now()) == 0
    top_up("txn_6", 600)

    assert seals.seal(at=clock.now()) == 1
    assert Seal.objects.count() == 6
    assert broken() == []


def test_an_entry_that_committed_late_is_sealed_at_the_end_of_the_chain(sealed):
    behind_the_nets("DELETE FROM payouts_seal WHERE sequence = 5")
    top_up("txn_6", 600)

    assert seals.seal(at=clock.now()) == 2
    assert broken() == []


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE payouts_posting SET amount = amount + 1 WHERE entry_id = %s",
        "UPDATE payouts_posting SET debit_id = credit_id, credit_id = debit_id"
        " WHERE entry_id = %s",
        "UPDATE payouts_entry SET reference = 'txn_other' WHERE id = %s",
        "UPDATE payouts_entry SET occurred_at = occurred_at + interval '1 second'"
        " WHERE id = %s",
        "DELETE FROM payouts_posting WHERE entry_id = %s",
        "UPDATE payouts_seal SET hash = repeat('0', 64) WHERE entry_id = %s",
    ],
)
def test_a_row_changed_behind_the_nets_is_found_and_named_first(sealed, harm):
    behind_the_nets(harm, sealed[2].pk)

    found = broken()

    assert found[0] == f"link 3 entry {sealed[2].pk} topup/{sealed[2].reference}" or (
        found[0] == f"link 3 entry {sealed[2].pk} topup/txn_other"
    )


def test_an_account_renamed_behind_the_nets_is_found(sealed):
    behind_the_nets(
        "UPDATE payouts_ledgeraccount SET code = 'bank:other' WHERE kind = 'bank'"
    )

    assert [row.split()[1] for row in broken()] == ["1", "2", "3", "4", "5"]


def test_a_link_taken_out_of_the_middle_is_found(sealed):
    behind_the_nets("DELETE FROM payouts_seal WHERE sequence = 3")

    assert broken()[0].startswith("link 4 ")
