"""The story, told by the command: it agrees with itself, with and without faults."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from marketplace.demo.story import draw
from marketplace.kit import clock
from tests.factories import market

pytestmark = pytest.mark.django_db(transaction=True)


def story(**options):
    out = io.StringIO()
    call_command("story", "--json", stdout=out, **options)
    return json.loads(out.getvalue())


def must_agree_with_itself(told):
    assert told["journal_matches"] is True
    assert set(told["trial_balance"].values()) == {0}
    assert not any(told["invariants"].values())
    assert sum(row["amount"] for row in told["splits"]) == told["order"]["total"]


def test_a_story_agrees_with_itself_and_its_account_has_the_agreed_keys(stripe):
    told = story(seed=4)
    must_agree_with_itself(told)
    assert list(told) == [
        "seed",
        "order",
        "splits",
        "trial_balance",
        "transfers",
        "journal",
        "faults",
        "invariants",
        "journal_matches",
    ]
    assert list(told["order"]) == ["id", "currency", "total", "lines", "shipping"]
    assert list(told["order"]["lines"][0]) == [
        "line",
        "seller",
        "creator",
        "quantity",
        "unit_amount",
        "discount",
        "discount_funded_by",
        "tax_included",
        "tax_collected_by",
        "platform_bps",
        "creator_bps",
        "creator_funded_by",
    ]
    assert set(told["splits"][0]) == {"party", "role", "kind", "amount", "currency"}
    assert set(told["transfers"][0]) == {
        "party",
        "amount",
        "currency",
        "source_transaction",
    }
    assert set(told["journal"][0]) == {"method", "path", "key", "outcome", "amount"}


def test_a_lost_answer_changes_no_total(stripe):
    calm = story(seed=5)
    call_command("flush", interactive=False, verbosity=0)
    stripe.reset()
    clock.forget()
    rough = story(seed=5, fault="timeout_after_commit")
    for told in (calm, rough):
        must_agree_with_itself(told)
    assert [fault["hit"] for fault in rough["faults"]] == [1, 1]
    assert rough["order"]["total"] == calm["order"]["total"]
    amounts = [
        sorted(row["amount"] for row in told["transfers"]) for told in (calm, rough)
    ]
    assert amounts[0] == amounts[1]
    outcomes = {line["outcome"] for line in rough["journal"]}
    assert "replayed" in outcomes


def test_a_japanese_story_has_no_decimals(japan):
    out = io.StringIO()
    call_command("story", seed=6, currency="JPY", stdout=out)
    assert "JPY" in out.getvalue()
    drawn = draw.draw(seed=6, currency="JPY")
    assert f"{drawn.lines[0].unit_amount} from" in out.getvalue()


def test_a_story_is_not_told_in_a_database_in_use(books):
    market.place(market.cart((market.variant(market.shop(), price_amount=1_000), 1)))
    with pytest.raises(CommandError, match="empty database"):
        call_command("story", seed=1)
