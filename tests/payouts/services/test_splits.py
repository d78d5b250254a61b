import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.services import splits

SHIRT = splits.LineTerms(
    line="shirt",
    seller="A",
    gross_amount=5985,
    seller_discount_amount=0,
    platform_discount_amount=599,
    tax_included_amount=1039,
    tax_added_amount=0,
    platform_collects_tax=False,
    platform_bps=1000,
    creator="Nina",
    creator_bps=1250,
    creator_funded_by="seller",
)
MUG = splits.LineTerms(
    line="mug",
    seller="B",
    gross_amount=2450,
    seller_discount_amount=0,
    platform_discount_amount=245,
    tax_included_amount=0,
    tax_added_amount=0,
    platform_collects_tax=False,
    platform_bps=1000,
    creator=None,
    creator_bps=None,
    creator_funded_by=None,
)
YEN = splits.LineTerms(
    line="kettle",
    seller="S",
    gross_amount=10_000,
    seller_discount_amount=0,
    platform_discount_amount=0,
    tax_included_amount=0,
    tax_added_amount=1000,
    platform_collects_tax=True,
    platform_bps=1000,
    creator="C",
    creator_bps=500,
    creator_funded_by="seller",
)


def parts(shares):
    return {(share.party, share.kind): share.amount for share in shares}


def test_the_shirts_of_the_euro_cart_are_split_to_the_cent():
    assert parts(splits.split_line(SHIRT)) == {
        ("A", "goods"): 4873,
        ("Nina", "share"): 618,
        ("platform", "commission"): 494,
        ("platform", "subsidy"): -599,
    }


def test_the_mug_of_the_euro_cart_is_split_to_the_cent():
    assert parts(splits.split_line(MUG)) == {
        ("B", "goods"): 2205,
        ("platform", "commission"): 245,
        ("platform", "subsidy"): -245,
    }


def test_the_euro_cart_sums_to_what_the_buyer_paid():
    deliveries = [
        splits.DeliveryTerms(
            seller=seller,
            amount=amount,
            tax_included_amount=tax,
            tax_added_amount=0,
            platform_collects_tax=False,
        )
        for seller, amount, tax in [("A", 495, 86), ("B", 650, 0)]
    ]
    shares = splits.split(lines=[SHIRT, MUG], deliveries=deliveries)
    by_party = {}
    for share in shares:
        by_party[share.party] = by_party.get(share.party, 0) + share.amount
    assert by_party == {"A": 5368, "B": 2855, "Nina": 618, "platform": 739 - 844}
    assert sum(by_party.values()) == 8736


def test_the_yen_order_with_tax_collected_by_the_platform_is_split():
    assert parts(splits.split_line(YEN)) == {
        ("S", "goods"): 8500,
        ("C", "share"): 500,
        ("platform", "commission"): 1000,
        ("platform", "tax"): 1000,
    }


def test_a_share_funded_by_the_platform_comes_out_of_its_commission():
    terms = dataclasses.replace(YEN, creator_funded_by="platform")
    assert parts(splits.split_line(terms)) == {
        ("S", "goods"): 9000,
        ("C", "share"): 500,
        ("platform", "commission"): 500,
        ("platform", "tax"): 1000,
    }


@pytest.mark.parametrize(
    ("platform_bps", "creator_bps", "funded_by"),
    [(1_000, 9_000, "seller"), (1_000, 1_000, "platform")],
)
def test_terms_may_leave_a_party_nothing_but_no_less(
    platform_bps, creator_bps, funded_by
):
    splits.check_terms(
        platform_bps=platform_bps, creator_bps=creator_bps, funded_by=funded_by
    )
    with pytest.raises(splits.TermsRefused):
        splits.check_terms(
            platform_bps=platform_bps, creator_bps=creator_bps + 1, funded_by=funded_by
        )


def test_delivery_is_its_sellers_less_the_tax_the_platform_collects():
    terms = splits.DeliveryTerms(
        seller="S",
        amount=500,
        tax_included_amount=0,
        tax_added_amount=50,
        platform_collects_tax=True,
    )
    assert parts(splits.split_delivery(terms)) == {
        ("S", "shipping"): 500,
        ("platform", "tax"): 50,
    }


@pytest.mark.parametrize(
    ("platform_bps", "creator_bps", "funded_by"),
    [(1000, 1001, "platform"), (1000, 9001, "seller")],
)
def test_terms_that_nobody_could_bear_are_refused(platform_bps, creator_bps, funded_by):
    terms = dataclasses.replace(
        YEN,
        platform_bps=platform_bps,
        creator_bps=creator_bps,
        creator_funded_by=funded_by,
    )
    with pytest.raises(splits.TermsRefused):
        splits.split_line(terms)


def test_a_creator_without_a_rate_is_an_error_and_not_zero():
    with pytest.raises(splits.TermsRefused):
        splits.split_line(dataclasses.replace(YEN, creator_bps=None))


@st.composite
def terms(draw):
    gross = draw(st.integers(1, 10**9))
    by_seller = draw(st.integers(0, gross))
    by_platform = draw(st.integers(0, gross - by_seller))
    rest = gross - by_seller
    included = draw(st.booleans())
    tax = draw(st.integers(0, rest // 2))
    funded_by = draw(st.sampled_from([None, "seller", "platform"]))
    platform_bps = draw(st.integers(0, 5000))
    limit = platform_bps if funded_by == "platform" else 5000
    return splits.LineTerms(
        line="l",
        seller="s",
        gross_amount=gross,
        seller_discount_amount=by_seller,
        platform_discount_amount=by_platform,
        tax_included_amount=tax if included else 0,
        tax_added_amount=0 if included else tax,
        platform_collects_tax=draw(st.booleans()),
        platform_bps=platform_bps,
        creator="c" if funded_by else None,
        creator_bps=draw(st.integers(0, limit)) if funded_by else None,
        creator_funded_by=funded_by,
    )


@given(terms())
def test_a_split_always_sums_to_what_was_paid_and_only_a_subsidy_is_negative(line):
    shares = splits.split_line(line)
    paid = (
        line.gross_amount
        - line.seller_discount_amount
        - line.platform_discount_amount
        + line.tax_added_amount
    )
    assert sum(share.amount for share in shares) == paid
    assert all(share.amount > 0 for share in shares if share.kind != "subsidy")
