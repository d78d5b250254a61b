import html
import re

import pytest

from marketplace.sandbox.errors import Invalid
from marketplace.sandbox.pages import actions
from tests.marketplace.sandbox import client as hands

DAY = 86_400
SECTIONS = (
    "",
    "/payments",
    "/refunds",
    "/disputes",
    "/transfers",
    "/payouts",
    "/topups",
    "/accounts",
    "/webhooks",
    "/faults",
    "/objects",
    "/calls",
)


def page(world, section="", query=""):
    answer = hands.get(world.sandbox, f"{hands.BASE}/dashboard{section}{query}")
    assert answer.status == 200
    return html.unescape(answer.text)


def press(world, section, status=200, **fields):
    """Submit a form; return what the page says about it."""
    url = f"{hands.BASE}/dashboard{section}"
    answer = hands.submit(world.sandbox, url, **fields)
    assert answer.status == status
    return html.unescape(re.search(r'role="\w+">([^<]*)</p>', answer.text)[1])


def lively(world):
    """Return an account, in a world where one of everything has happened."""
    party = world.account()
    charge = world.paid()
    world.pay(world.session(), "4000000000000259")
    made = world.v1.transfers.create(
        {"amount": 5_000, "currency": "eur", "destination": party}
    )
    world.v1.transfers.reversals.create(made.id, {"amount": 100})
    world.v1.payouts.create(
        {"amount": 1_000, "currency": "eur"}, {"stripe_account": party}
    )
    world.v1.refunds.create({"charge": charge.id, "amount": 100})
    return party


def test_every_page_says_that_it_is_a_sandbox_and_shows_the_clock(world):
    lively(world)
    world.advance(2 * DAY)

    for section in SECTIONS:
        text = page(world, section)
        assert "SANDBOX" in text
        assert "no money moves" in text
        assert "2 days ahead of real time" in text
        assert 'aria-current="page"' in text
        assert "style=" not in text
        assert "<script" not in text
        assert "onclick" not in text


def test_empty_sandbox_says_so_on_every_page(world):
    words = (
        "Nobody has paid yet.",
        "Nothing was refunded yet.",
        "No payment is disputed.",
        "No money was transferred yet.",
        "Nothing was paid out to a bank yet.",
    )

    for section, said in zip(SECTIONS[1:], words, strict=False):
        assert said in page(world, section)


def test_overview_shows_balances_of_the_platform_and_of_each_account(world):
    party = lively(world)

    text = page(world)

    assert "3,900.00 EUR" not in text
    assert "39.00 EUR" in text
    assert party in text
    assert "171.60 pending" in text


def test_a_payment_is_refunded_and_disputed_from_its_row(world):
    charge, other = world.paid(), world.paid()
    target = {"intent": charge.payment_intent, "currency": "eur"}

    said = press(world, "/payments", action="refund", amount="12.50", **target)
    assert said == "Refund of 12.50 EUR: succeeded."
    target["intent"] = other.payment_intent
    said = press(
        world,
        "/payments",
        action="open_dispute",
        amount="87.36",
        reason="product_not_received",
        kind="chargeback",
        **target,
    )

    assert said == "The bank disputes 87.36 EUR: needs_response."
    (refund,) = world.v1.refunds.list().data
    (dispute,) = world.v1.disputes.list().data
    assert (refund.amount, refund.metadata.to_dict()) == (1_250, {})
    assert (dispute.amount, dispute.reason) == (8_736, "product_not_received")


def test_what_happens_to_a_payment_names_the_order_it_paid_for(world):
    lively(world)
    for section in ("/payments", "/refunds", "/disputes"):
        assert re.search(r"[·,] order_1[,<]", page(world, section))


def test_a_dispute_is_answered_lost_appealed_and_won_by_its_buttons(world):
    world.pay(world.session(), "4000000000000259")
    (dispute,) = world.v1.disputes.list().data
    target = {"dispute": dispute.id}

    for fields, status in (
        ({"action": "submit_dispute", "text": "It was handed over."}, "under_review"),
        ({"action": "close_dispute", "to": "lost"}, "lost"),
        ({"action": "appeal_dispute"}, "appeal_needs_response"),
        ({"action": "submit_dispute", "text": "Look again."}, "appeal_under_review"),
        ({"action": "close_dispute", "to": "won"}, "won"),
    ):
        press(world, "/disputes", **fields, **target)
        assert world.v1.disputes.retrieve(dispute.id).status == status
        assert status.replace("_", " ") in page(world, "/disputes")


def test_an_inquiry_is_escalated_by_its_button(world):
    charge = world.paid()
    world.control(
        "POST", "disputes", payment_intent=charge.payment_intent, inquiry=True
    )
    (dispute,) = world.v1.disputes.list().data

    press(
        world,
        "/disputes",
        action="close_dispute",
        dispute=dispute.id,
        to="escalated",
    )

    assert world.v1.disputes.retrieve(dispute.id).status == "needs_response"


def test_a_refund_fails_by_its_button(world):
    charge = world.paid()
    refund = world.v1.refunds.create({"charge": charge.id})

    said = press(
        world,
        "/refunds",
        action="fail_refund",
        refund=refund.id,
        reason="lost_or_stolen_card",
    )

    assert "its money is back" in said
    assert world.v1.refunds.retrieve(refund.id).status == "failed"


def test_money_is_sent_taken_back_and_paid_out_by_hand(world):
    party = world.account()

    press(
        world,
        "/transfers",
        action="transfer",
        account=party,
        amount="25.00",
        currency="EUR",
    )
    (transfer,) = world.v1.transfers.list().data
    press(
        world,
        "/transfers",
        action="reverse",
        transfer=transfer.id,
        amount="5",
        currency="eur",
    )
    press(world, "/accounts", action="pay_out", account=party, currency="EUR")

    assert world.v1.transfers.retrieve(transfer.id).amount_reversed == 500
    (payout,) = world.v1.payouts.list({}, {"stripe_account": party}).data
    assert payout.amount == 2_000
    target = {"account": party, "payout": payout.id}
    press(world, "/payouts", action="advance_payout", **target)
    press(world, "/payouts", action="fail_payout", code="no_account", **target)
    assert world.balance(account=party) == (2_000, 0)
    assert "The bank account details are incorrect." in page(world, "/payouts")
    assert "it takes nothing" in page(world, "/accounts")


def test_what_cannot_happen_now_has_no_button(world):
    ready, waiting = world.account(), world.account(outcome="incomplete")
    charge = world.paid()
    assert "Buyer disputes it" in page(world, "/payments")

    world.control(
        "POST", "disputes", payment_intent=charge.payment_intent, inquiry=True
    )

    assert "Buyer disputes it" not in page(world, "/payments")
    assert "Refund by hand" in page(world, "/payments")
    assert f"value='{ready}'" in page(world, "/transfers")
    assert f"value='{waiting}'" not in page(world, "/transfers")
    said = press(
        world, "/accounts", 400, action="pay_out", account=ready, currency="EUR"
    )
    assert said == "Nothing is available to pay out."


def test_platform_is_topped_up_and_paid_out_from_the_overview(world):
    press(world, "", action="top_up", amount="1,000", currency="JPY")
    press(world, "", action="pay_out", amount="0.50", currency="EUR")

    assert world.balance("jpy") == (1_001_000, 0)
    assert world.balance("eur") == (999_950, 0)


def test_account_is_held_freed_restricted_and_closed_by_its_buttons(world):
    party = world.account()
    target = {"account": party}

    press(world, "/accounts", action="hold_payouts", **target)
    assert "payouts are held" in page(world, "/accounts")
    press(world, "/accounts", action="unrestrict", **target)
    assert "payouts are held" not in page(world, "/accounts")
    assert "new bank account" in press(
        world, "/accounts", action="change_bank", **target
    )
    press(world, "/accounts", action="onboard", outcome="restrict", **target)
    press(world, "/accounts", action="close_account", **target)

    assert world.v2.core.accounts.retrieve(party).closed is True


def test_webhooks_are_sent_shuffled_repeated_and_dropped(make_world):
    got = []
    world = make_world(deliver=lambda *given: got.append(given) or 200)
    world.paid()
    event = world.control("GET", "pending")["deliveries"][0]["event_id"]

    press(world, "/webhooks", action="duplicate", event=event)
    assert len(got) == 3
    press(world, "/webhooks", action="shuffle", seed="7", copies="2")
    assert len({body for _, body, _ in got}) == len(
        world.v1.events.list({"limit": 100}).data
    )
    assert "Nothing waits." in press(world, "/webhooks", action="deliver")
    assert "next 2" in press(world, "/webhooks", action="drop", count="2")
    world.v1.topups.create({"amount": 1, "currency": "eur"})
    assert "dropped" in page(world, "/webhooks")
    press(world, "/webhooks", action="mode", mode="hold")


def test_a_webhook_is_signed_wrongly_by_its_button(make_world):
    got = []
    world = make_world(deliver=lambda *given: got.append(given) or 400)
    world.paid()
    event = world.control("GET", "pending")["deliveries"][0]["event_id"]
    assert "with the secret of another endpoint" in page(world, "/webhooks")

    said = press(world, "/webhooks", action="forge", event=event, sign="wrong_secret")

    assert said == "Sent again: 400."
    ((_, _, forged),) = got
    press(world, "/webhooks", action="replay", event=event)
    assert forged.split("v1=")[1] != got[1][2].split("v1=")[1]


def test_faults_are_armed_and_disarmed_and_switches_turned(world):
    press(
        world,
        "/faults",
        action="arm",
        match="POST /v1/transfers",
        do="429",
        times="1",
    )
    assert "armed" in page(world, "/faults")
    press(world, "/faults", action="clear")
    assert "No fault is armed." in page(world, "/faults")
    press(world, "/faults", action="switch", name="reversals", value="lenient")
    assert world.sandbox.store.setting("reversals") == "lenient"


@pytest.mark.parametrize(
    ("section", "fields"),
    [
        ("/payments", {"action": "refund", "intent": "pi_none", "amount": "1"}),
        (
            "/payments",
            {
                "action": "refund",
                "intent": "pi_none",
                "amount": "1.005",
                "currency": "eur",
            },
        ),
        ("/payouts", {"action": "fail_payout", "payout": "po_none"}),
        ("/accounts", {"action": "close_account", "account": "acct_none"}),
        ("/webhooks", {"action": "drop", "count": "many"}),
        ("/webhooks", {"action": "mode", "mode": "sideways"}),
        ("/faults", {"action": "switch", "name": "weather", "value": "good"}),
        ("/topups", {"action": "top_up", "amount": "-5", "currency": "EUR"}),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(world, section, fields):
    before = world.balance(), len(world.journal())

    assert press(world, section, 400, **fields)

    assert (world.balance(), len(world.journal())) == before


def test_long_lists_have_pages(world):
    party = world.account()
    ids = [
        world.v1.transfers.create(
            {"amount": 1, "currency": "eur", "destination": party}
        ).id
        for _ in range(25)
    ]

    first, second = page(world, "/transfers"), page(world, "/transfers", "?page=2")

    assert [one for one in ids if f"<code>{one}</code>" in first] == ids[5:]
    assert [one for one in ids if f"<code>{one}</code>" in second] == ids[:5]
    assert 'href="/dashboard/transfers?page=2"' in first
    assert "Older" not in second
    for section in SECTIONS:
        for query in ("?page=0", "?page=x", "?page=99999", "?page=-1"):
            page(world, section, query)


def test_what_outsiders_wrote_is_escaped(world):
    world.account(display_name="<b>Bold</b>")

    text = hands.get(world.sandbox, f"{hands.BASE}/dashboard/accounts").text

    assert "<b>Bold" not in text
    assert "&lt;b&gt;Bold" in text


def test_party_has_a_page_of_its_own(world):
    party = world.account()
    world.v1.transfers.create({"amount": 618, "currency": "eur", "destination": party})
    url = world.v1.accounts.login_links.create(party).url
    bank = world.v1.accounts.external_accounts.list(party).data[0]

    text = html.unescape(hands.get(world.sandbox, url).text)
    for words in ("SANDBOX", "6.18", bank.last4, "daily", "No payout yet."):
        assert words in text
    assert hands.submit(world.sandbox, url, action="change_bank").status == 303

    after = world.v1.accounts.external_accounts.list(party).data[0]
    assert after.fingerprint != bank.fingerprint
    assert hands.submit(world.sandbox, url, action="other").status == 400
    assert hands.get(world.sandbox, f"{hands.BASE}/express/acct_none").status == 404


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1", "eur", 100),
        ("1,995.5", "EUR", 199_550),
        (" 0.07 ", "sek", 7),
        ("1500", "jpy", 1_500),
        ("1 500", "jpy", 1_500),
    ],
)
def test_typed_amounts_become_minor_units(text, currency, amount):
    assert actions.read_amount(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "eur"),
        ("-1", "eur"),
        ("1.005", "eur"),
        ("1.5", "jpy"),
        ("1e3", "eur"),
        ("٣", "eur"),
        ("9" * 13, "eur"),
        ("1", "xxx"),
    ],
)
def test_what_is_no_amount_is_refused(text, currency):
    with pytest.raises(Invalid):
        actions.read_amount(text, currency)
