"""Staff decide about runs, holds, terms and the switch: who may, and what is kept."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.kit import clock, jobs, switches
from marketplace.kit.models import AuditEvent, Switch
from payouts.models import Hold, PayoutRun, Transfer
from payouts.services import payout_runs, terms
from tests.factories import market, sellers

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(books, settings):
    """A computed run of 618 cents above the limit, asked for by the first of two."""
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    settings.PAYOUT_APPROVAL_LIMIT_AMOUNTS = {"EUR": 617}
    market.take_in_topups()
    shop = market.shop()
    variant = market.variant(shop, price_amount=1995)
    market.ship(market.buy(market.cart((variant, 3, market.creator(shop)))))
    at = market.advance(15 * market.DAY)
    return payout_runs.compute(
        currency="EUR",
        cut_off_at=at.replace(hour=0, minute=0, second=0, microsecond=0),
        schedule="manual",
        requested_by=str(person("add_payoutrun", "change_payoutrun").pk),
        reason="Asked for",
        at=at,
    )


def person(*permissions: str, **fields):
    user = sellers.user(is_staff=True, **fields)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_payoutrun", *permissions])
    )
    return user


def page(run) -> str:
    return reverse("admin:payouts_payoutrun_change", args=[run.pk])


def approve(client, run, *, shown: int = 618):
    address = reverse("admin:payout-run-approve", args=[run.pk])
    return client.post(address, {"shown": shown}, follow=True)


def test_a_second_person_approves_what_they_were_shown_and_it_is_sent(client, run):
    client.force_login(person("change_payoutrun"))
    assert "Needs a second person" in client.get(page(run)).content.decode()

    answer = approve(client, run)
    jobs.drain()

    assert answer.status_code == 200
    run.refresh_from_db()
    payout_runs.finish(at=clock.now())
    assert run.items.get().transfer.status == "sent"
    assert "Approved" in client.get(page(run)).content.decode()


def test_the_one_who_asked_is_told_so_and_sends_nothing(client, run):
    client.force_login(User.objects.get(pk=run.requested_by))
    text = client.get(page(run)).content.decode()
    assert "somebody else has to approve it" in text
    assert reverse("admin:payout-run-approve", args=[run.pk]) not in text

    approve(client, run)

    run.refresh_from_db()
    assert run.status == "computed"


def test_who_may_only_look_decides_nothing(client, run):
    client.force_login(person())
    assert client.get(page(run)).status_code == 200
    for route in ("approve", "cancel", "retry"):
        address = reverse(f"admin:payout-run-{route}", args=[run.pk])
        assert client.post(address, {"reason": "x", "shown": 618}).status_code == 403
        assert client.get(address).status_code in (403, 405)

    run.refresh_from_db()
    assert run.status == "computed"
    assert not Transfer.objects.filter(kind="creator").exists()


def test_other_figures_than_were_shown_are_not_approved(client, run):
    client.force_login(person("change_payoutrun"))

    approve(client, run, shown=617)

    run.refresh_from_db()
    assert run.status == "computed"


def test_a_run_is_cancelled_with_a_reason_only(client, run):
    client.force_login(person("change_payoutrun"))
    address = reverse("admin:payout-run-cancel", args=[run.pk])

    client.post(address, {"reason": " "})
    assert PayoutRun.objects.get().status == "computed"
    client.post(address, {"reason": "Wrong day"})

    assert PayoutRun.objects.get().status == "cancelled"
    assert "Wrong day" in client.get(page(run)).content.decode()


def test_a_hold_is_placed_and_lifted_on_its_pages(client, run):
    account = run.previews.get().account
    client.force_login(
        person("add_hold", "change_hold", "view_hold", "view_connectedaccount")
    )
    place = reverse("admin:hold-place", args=[account.pk])
    assert client.get(place).status_code == 200

    client.post(place, {"on": "acc_nobody", "reason": "Odd"})
    assert not Hold.objects.exists()
    client.post(place, {"on": "", "reason": "Odd"})
    hold = Hold.objects.get()
    client.post(reverse("admin:hold-lift", args=[hold.pk]), {"reason": "Solved"})

    hold.refresh_from_db()
    assert (hold.reason, hold.release_reason) == ("Odd", "Solved")
    assert client.get(reverse("admin:payouts_hold_changelist")).status_code == 200


def test_terms_are_typed_in_percent_and_decimals_and_kept_exactly(client, run):
    account = run.previews.get().account
    client.force_login(person("change_payoutterms", "view_connectedaccount"))
    given = {
        "schedule": "daily",
        "minimums": "EUR 25.00, SEK 300",
        "reserve_percent": "12.5",
        "reserve_days": "30",
        "extra_hold_days": "3",
        "reason": "Many returns",
    }

    client.post(reverse("admin:payout-terms", args=[account.pk]), given)

    found = terms.of(account)
    assert (found.schedule, found.reserve_bps, found.reserve_days) == (
        "daily",
        1_250,
        30,
    )
    assert found.minimum_amounts == {"EUR": 2_500, "SEK": 30_000}
    event = AuditEvent.objects.get(action="payout_terms.change")
    assert event.reason == "Many returns"


def test_without_the_right_no_hold_no_terms_no_switch(client, run):
    account = run.previews.get().account
    client.force_login(person("view_switch"))
    for route in ("admin:hold-place", "admin:payout-terms"):
        assert client.get(reverse(route, args=[account.pk])).status_code == 403
    switch = reverse("admin:kit_switch_changelist")
    assert client.get(switch).status_code == 200

    answer = client.post(switch, {"name": "payouts", "on": "1", "reason": "x"})

    assert answer.status_code == 403
    assert not Switch.objects.exists()


def test_the_switch_is_turned_with_a_reason_and_stops_the_approval(client, run):
    client.force_login(person("view_switch", "change_switch", "change_payoutrun"))
    switch = reverse("admin:kit_switch_changelist")

    client.post(switch, {"name": "payouts", "on": "1", "reason": ""})
    assert not switches.is_on("payouts")
    client.post(switch, {"name": "payouts", "on": "1", "reason": "Books differ"})
    approve(client, run)

    assert switches.is_on("payouts")
    run.refresh_from_db()
    assert run.status == "computed"
    client.post(switch, {"name": "payouts", "on": "0", "reason": "They agree"})
    assert not switches.is_on("payouts")
