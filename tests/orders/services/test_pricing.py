from hypothesis import given
from hypothesis import strategies as st

from orders.services import pricing

DUTCH = pricing.Tax(rate_bps=2100, is_included=True, collected_by="seller")
ADDED = pricing.Tax(rate_bps=1000, is_included=False, collected_by="platform")
TEN_PERCENT = pricing.Reduction(rate_bps=1000, funded_by="platform", seller=None)


def the_euro_cart():
    return {
        "goods": [
            pricing.Goods(
                key="shirt", seller="A", quantity=3, unit_amount=1995, tax=DUTCH
            ),
            pricing.Goods(
                key="mug",
                seller="B",
                quantity=1,
                unit_amount=2450,
                tax=pricing.NO_TAX,
            ),
        ],
        "deliveries": [
            pricing.Delivery(seller="A", amount=495, tax=DUTCH),
            pricing.Delivery(seller="B", amount=650, tax=pricing.NO_TAX),
        ],
    }


def test_the_euro_cart_costs_8736_with_ten_percent_off_by_the_platform():
    priced = pricing.price(**the_euro_cart(), reduction=TEN_PERCENT)
    assert priced.goods_amount == 8435
    assert priced.discount_amount == 844
    assert [line.platform_discount_amount for line in priced.lines] == [599, 245]
    assert [line.seller_discount_amount for line in priced.lines] == [0, 0]
    assert [line.tax_included_amount for line in priced.lines] == [1039, 0]
    assert [part.tax_included_amount for part in priced.deliveries] == [86, 0]
    assert priced.delivery_amount == 1145
    assert priced.total_amount == 8736


def test_goods_of_another_seller_weigh_nothing_in_a_discount():
    priced = pricing.price(
        goods=[
            pricing.Goods(
                key=key, seller=key, quantity=1, unit_amount=amount, tax=pricing.NO_TAX
            )
            for key, amount in (("A", 10), ("B", 500))
        ],
        deliveries=[],
        reduction=pricing.Reduction(rate_bps=9500, funded_by="seller", seller="A"),
    )
    # Had the other line weighed a cent, it would bear one: 9 and 1.
    assert [line.seller_discount_amount for line in priced.lines] == [10, 0]


def test_a_discount_of_a_seller_touches_his_lines_only_and_lowers_their_tax():
    reduction = pricing.Reduction(rate_bps=1000, funded_by="seller", seller="A")
    priced = pricing.price(**the_euro_cart(), reduction=reduction)
    assert [line.seller_discount_amount for line in priced.lines] == [599, 0]
    # 21 % contained in 5,386 + 4.95 delivery = 1,020.67, half up 1,021, 935 and 86.
    assert [line.tax_included_amount for line in priced.lines] == [935, 0]
    assert [part.tax_included_amount for part in priced.deliveries] == [86, 0]
    assert priced.total_amount == 8435 - 599 + 1145


def test_the_yen_order_of_10000_with_tax_added_costs_11000():
    priced = pricing.price(
        goods=[
            pricing.Goods(
                key="x", seller="S", quantity=1, unit_amount=10_000, tax=ADDED
            )
        ],
        deliveries=[],
        reduction=None,
    )
    assert priced.added_tax_amount == 1000
    assert priced.included_tax_amount == 0
    assert priced.total_amount == 11_000


def test_delivery_bears_the_tax_of_its_seller_added_or_included():
    priced = pricing.price(
        goods=[],
        deliveries=[
            pricing.Delivery(seller="A", amount=500, tax=ADDED),
            pricing.Delivery(seller="B", amount=495, tax=DUTCH),
        ],
        reduction=None,
    )
    assert [
        (one.tax_included_amount, one.tax_added_amount, one.paid_amount)
        for one in priced.deliveries
    ] == [(0, 50, 550), (86, 0, 495)]


def test_no_tax_is_none_of_a_fortune_either():
    priced = pricing.price(
        goods=[],
        deliveries=[
            pricing.Delivery(seller="A", amount=10_000_000, tax=pricing.NO_TAX)
        ],
        reduction=None,
    )
    assert priced.included_tax_amount == priced.added_tax_amount == 0


def test_a_cart_without_discount_costs_goods_and_delivery():
    priced = pricing.price(**the_euro_cart(), reduction=None)
    assert priced.total_amount == 8435 + 1145


taxes = st.sampled_from([DUTCH, ADDED, pricing.NO_TAX])
sellers = st.sampled_from(["A", "B", "C"])


@st.composite
def carts(draw):
    tax_of = {seller: draw(taxes) for seller in "ABC"}
    goods = [
        pricing.Goods(
            key=str(i),
            seller=(seller := draw(sellers)),
            quantity=draw(st.integers(1, 20)),
            unit_amount=draw(st.integers(1, 10_000_000)),
            tax=tax_of[seller],
        )
        for i in range(draw(st.integers(1, 8)))
    ]
    deliveries = [
        pricing.Delivery(
            seller=seller, amount=draw(st.integers(0, 50_000)), tax=tax_of[seller]
        )
        for seller in sorted({item.seller for item in goods})
    ]
    reduction = draw(
        st.none()
        | st.builds(
            pricing.Reduction,
            rate_bps=st.integers(1, 9000),
            funded_by=st.just("platform"),
            seller=st.none(),
        )
        | st.builds(
            pricing.Reduction,
            rate_bps=st.integers(1, 9000),
            funded_by=st.just("seller"),
            seller=sellers,
        )
    )
    return goods, deliveries, reduction


@given(carts())
def test_parts_always_sum_to_the_total_and_none_is_negative(cart):
    goods, deliveries, reduction = cart
    priced = pricing.price(goods=goods, deliveries=deliveries, reduction=reduction)
    assert priced.total_amount == (
        priced.goods_amount
        - priced.discount_amount
        + priced.delivery_amount
        + priced.added_tax_amount
    )
    for line in priced.lines:
        assert line.paid_amount >= 0
        assert (
            0
            <= line.tax_included_amount
            <= (line.goods.gross_amount - line.seller_discount_amount)
        )
        assert line.discount_amount <= line.goods.gross_amount
