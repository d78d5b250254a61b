"""Kill switches: on and off with a reason, remembered once."""

from datetime import UTC, datetime

import pytest

from marketplace.kit import switches
from marketplace.kit.models import AuditEvent, Switch

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def turn(*, on: bool, reason: str = "books differ", actor: str = "7") -> bool:
    return switches.turn(
        name=switches.PAYOUTS, on=on, actor=actor, reason=reason, at=AT
    )


def test_a_switch_nobody_turned_is_off():
    assert not switches.is_on(switches.PAYOUTS)
    assert switches.find(switches.PAYOUTS) is None


def test_turning_on_keeps_who_and_why_and_an_audit_event():
    assert turn(on=True)

    assert switches.is_on(switches.PAYOUTS)
    found = Switch.objects.get()
    assert (found.reason, found.changed_by) == ("books differ", "7")
    event = AuditEvent.objects.get()
    assert (event.action, event.reference) == ("switch.on", "payouts")


def test_turning_on_twice_keeps_the_first_reason_and_one_event():
    turn(on=True)

    assert not turn(on=True, reason="me too", actor="8")

    assert Switch.objects.get().reason == "books differ"
    assert AuditEvent.objects.count() == 1


def test_turning_off_needs_a_reason_of_its_own():
    turn(on=True)

    with pytest.raises(switches.ReasonMissing):
        turn(on=False, reason="  ")

    assert switches.is_on(switches.PAYOUTS)
    assert turn(on=False, reason="books agree again")
    assert not switches.is_on(switches.PAYOUTS)


def test_an_unknown_switch_is_refused():
    with pytest.raises(switches.NoSuchSwitch):
        switches.turn(name="everything", on=True, actor="7", reason="why not", at=AT)

    assert not Switch.objects.exists()
