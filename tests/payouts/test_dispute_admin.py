"""Staff answer disputes and give debts up, two of them for each; money is only read."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from payouts.models import DisputeEvidence, Netting, Reversal, WriteOff
from payouts.services import disputes as service
from tests.factories import disputes, market, sellers

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n" + b"1" * 600


@pytest.fixture
def staff(client):
    client.force_login(sellers.user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def order(books):
    """Sold, shipped, sent to its seller."""
    market.take_in_topups()
    shop = market.shop()
    order = market.buy(market.cart((market.variant(shop, price_amount=10_000), 1)))
    market.ship(order)
    market.release_sellers()
    return order


@pytest.fixture
def debt(order):
    """A lost dispute whose seller has taken all money out of Stripe."""
    account = order.seller_orders.get().shop.connected_account
    sandbox_control.pay_out(account.provider_id, "EUR")
    dispute = disputes.decided(disputes.opened(order), "lost")
    assert dispute.lost_at
    return account


def colleague(client, *codenames):
    user = sellers.user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)
    return user


def page_of(dispute) -> str:
    return reverse("admin:payouts_dispute_change", args=[dispute.pk])


def test_an_open_dispute_is_listed_read_and_answered(staff, order):
    dispute = disputes.opened(order)
    listed = staff.get(reverse("admin:payouts_dispute_changelist"))
    assert dispute.public_id in listed.content.decode()

    add = reverse("admin:dispute-evidence-add", args=[dispute.pk])
    staff.post(add, {"kind": "explanation", "text": "It was delivered."})
    staff.post(
        add, {"kind": "receipt", "file": SimpleUploadedFile("my receipt.pdf", PDF)}
    )
    shown = staff.get(page_of(dispute)).content.decode()
    assert "It was delivered." in shown
    assert "my receipt.pdf" in shown
    assert "Send 2 pieces to the bank" in shown

    staff.post(reverse("admin:dispute-submit", args=[dispute.pk]))
    dispute.refresh_from_db()
    assert dispute.status == "under_review"
    shown = staff.get(page_of(dispute)).content.decode()
    assert "Evidence sent to the bank" in shown
    assert reverse("admin:dispute-submit", args=[dispute.pk]) not in shown


def test_a_file_is_handed_out_to_be_saved_and_to_staff_only(staff, order, client):
    dispute = disputes.opened(order)
    add = reverse("admin:dispute-evidence-add", args=[dispute.pk])
    staff.post(add, {"kind": "receipt", "file": SimpleUploadedFile('a"\n.pdf', PDF)})
    piece = DisputeEvidence.objects.get()
    address = reverse("admin:dispute-evidence-file", args=[piece.public_id])

    answer = staff.get(address)

    assert answer.content == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="{piece.public_id}.pdf"'
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    colleague(client)
    assert client.get(address).status_code == 403
    client.force_login(sellers.user())
    assert client.get(address).status_code == 302


def test_who_may_only_look_cannot_answer_or_give_up(client, order):
    dispute = disputes.opened(order)
    colleague(client, "view_dispute")
    assert client.get(page_of(dispute)).status_code == 200
    for name in ("dispute-evidence-add", "dispute-submit", "dispute-accept"):
        address = reverse(f"admin:{name}", args=[dispute.pk])
        assert client.post(address, {"reason": "x"}).status_code == 403
    assert client.post(page_of(dispute)).status_code == 403
    dispute.refresh_from_db()
    assert (dispute.status, dispute.evidence.count()) == ("needs_response", 0)


def test_giving_up_shows_who_bears_it(staff, order):
    dispute = disputes.opened(order)
    accept = reverse("admin:dispute-accept", args=[dispute.pk])
    staff.post(accept, {"reason": " "})
    dispute.refresh_from_db()
    assert dispute.status == "needs_response"

    staff.post(accept, {"reason": "It never left"})
    jobs.drain()

    shown = staff.get(page_of(dispute)).content.decode()
    assert "It never left" in shown
    reversal = Reversal.objects.get()
    assert reversal.public_id in shown
    money = staff.get(reverse("admin:order-money", args=[order.public_id]))
    assert reversal.public_id in money.content.decode()
    assert dispute.public_id in money.content.decode()
    for model in ("reversal", "netting", "writeoff", "disputeevidence"):
        if model != "disputeevidence":
            address = reverse(f"admin:payouts_{model}_changelist")
            assert staff.get(address).status_code == 200
    change = reverse("admin:payouts_reversal_change", args=[reversal.pk])
    assert staff.get(change).status_code == 200


def test_a_write_off_is_asked_for_by_one_and_approved_by_another(client, debt):
    owed = -disputes.balances({debt.reference: "S"})["receivable:S"]
    first = colleague(client, "view_writeoff", "add_writeoff", "change_writeoff")
    shown = client.get(reverse("admin:debts")).content.decode()
    assert str(debt.party) in shown
    form = {"account": debt.pk, "currency": "EUR", "reason": "Closed shop"}
    client.post(reverse("admin:debts"), form | {"amount": "999999"})
    client.post(reverse("admin:debts"), form | {"amount": "1.005"})
    client.post(reverse("admin:debts"), form | {"amount": "ten"})
    assert not WriteOff.objects.exists()

    client.post(reverse("admin:debts"), form | {"amount": "12.50"})

    row = WriteOff.objects.get()
    assert (row.amount, row.requested_by, row.status) == (
        1_250,
        str(first.pk),
        "requested",
    )
    decide = reverse("admin:write-off-decide", args=[row.pk])
    page = reverse("admin:payouts_writeoff_change", args=[row.pk])
    assert "Write off" not in client.get(page).content.decode().partition("Decide")[2]
    client.post(decide, {"decision": "approve"})
    row.refresh_from_db()
    assert row.status == "requested"

    colleague(client, "view_writeoff")
    assert client.post(decide, {"decision": "approve"}).status_code == 403
    second = colleague(client, "view_writeoff", "change_writeoff")
    client.post(decide, {"decision": "approve"})

    row.refresh_from_db()
    assert (row.status, row.decided_by) == ("approved", str(second.pk))
    assert disputes.balances({debt.reference: "S"})["receivable:S"] == -(owed - 1_250)
    assert not Netting.objects.exists()


def test_who_may_not_see_debts_is_refused(client, debt):
    colleague(client, "view_dispute")
    assert client.get(reverse("admin:debts")).status_code == 403
    assert client.post(reverse("admin:debts"), {}).status_code == 403


def test_a_seller_adds_evidence_to_his_own_dispute_and_sees_what_he_bears(
    client, order
):
    dispute = disputes.opened(order)
    shop = order.seller_orders.get().shop
    client.force_login(shop.memberships.get().user)
    listed = client.get(reverse("payouts:seller-disputes", args=[shop.public_id]))
    assert order.public_id in listed.content.decode()
    address = reverse(
        "payouts:seller-dispute", args=[shop.public_id, dispute.public_id]
    )
    assert "Answer by" in client.get(address).content.decode()

    empty = client.post(address, {"kind": "explanation", "text": ""})
    wrong = client.post(
        address, {"kind": "receipt", "file": SimpleUploadedFile("a.pdf", b"<html>")}
    )
    assert (empty.status_code, wrong.status_code) == (422, 422)
    assert not DisputeEvidence.objects.exists()
    done = client.post(address, {"kind": "explanation", "text": "It was delivered."})

    assert done.status_code == 302
    piece = DisputeEvidence.objects.get()
    assert piece.account == shop.connected_account
    sandbox_control.close_dispute(dispute.provider_id, "lost")
    service.refresh(provider_id=dispute.provider_id, at=clock.now())
    shown = client.get(address).content.decode()
    assert "What you bear" in shown
    late = client.post(address, {"kind": "explanation", "text": "Too late."})
    assert late.status_code == 409
    assert DisputeEvidence.objects.count() == 1


def test_a_shop_sees_no_dispute_of_another_nor_what_others_added(client, order):
    dispute = disputes.opened(order)
    other = market.shop()
    client.force_login(other.memberships.get().user)
    shop = order.seller_orders.get().shop
    for which in (shop, other):
        address = reverse(
            "payouts:seller-dispute", args=[which.public_id, dispute.public_id]
        )
        assert client.get(address).status_code == 404
        posted = client.post(address, {"kind": "explanation", "text": "Mine"})
        assert posted.status_code == 404
    listed = client.get(reverse("payouts:seller-disputes", args=[other.public_id]))
    assert order.public_id not in listed.content.decode()
    assert not DisputeEvidence.objects.exists()


def test_the_owner_of_the_shop_is_told_once_and_until_when(order, mailoutbox):
    dispute = disputes.opened(order)
    disputes.fetched(dispute.provider_id)

    shop = order.seller_orders.get().shop
    (mail,) = [one for one in mailoutbox if "disputes" in one.subject]
    assert mail.to == [shop.memberships.get().user.email]
    assert order.public_id in mail.subject
    page = reverse("payouts:seller-dispute", args=[shop.public_id, dispute.public_id])
    assert f"http://testserver{page}" in mail.body
    assert "Answer by" in mail.body
    assert "Answer by" in mail.alternatives[0][0]
