"""Codes: made, found, and used no more often than they may be."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from creators.models import FundedBy
from orders.models import Discount, Redemption
from orders.services import discounts
from tests.factories import orders, sellers

AT = orders.AT


def make(word="SPRING10", **fields) -> Discount:
    return discounts.create(
        **{
            "word": word,
            "rate_bps": 1000,
            "funded_by": FundedBy.PLATFORM,
            "starts_at": AT - timedelta(days=1),
            **fields,
        }
    )


@pytest.mark.django_db
def test_a_word_is_kept_in_capitals_without_spaces():
    assert make(" spring 10 ").word == "SPRING10"


@pytest.mark.django_db
def test_a_word_is_found_however_it_is_typed():
    made = make()
    assert discounts.find(word=" spring10", at=AT) == made


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"rate_bps": 0},
        {"rate_bps": 9001},
        {"funded_by": "creator"},
        {"funded_by": FundedBy.SELLER},
        {"word": "  "},
    ],
)
def test_a_discount_that_cannot_be_is_refused(fields):
    with pytest.raises(discounts.DiscountRefused):
        make(**fields)
    assert not Discount.objects.exists()


@pytest.mark.django_db
def test_a_platform_discount_names_no_shop():
    with pytest.raises(discounts.DiscountRefused):
        make(shop=sellers.shop())


@pytest.mark.django_db
def test_a_seller_discount_names_his_shop():
    shop = sellers.shop()
    assert make(funded_by=FundedBy.SELLER, shop=shop).shop == shop


@pytest.mark.django_db
def test_a_word_that_is_taken_is_refused():
    make()
    with pytest.raises(discounts.WordTaken):
        make("spring10")
    assert Discount.objects.count() == 1


@pytest.mark.django_db
def test_a_discount_runs_from_its_first_moment_to_before_its_last():
    made = make(starts_at=AT, ends_at=AT + timedelta(hours=1))
    assert discounts.find(word="SPRING10", at=AT - timedelta(seconds=1)) is None
    assert discounts.find(word="SPRING10", at=AT) == made
    assert discounts.find(word="SPRING10", at=AT + timedelta(hours=1)) is None


@pytest.mark.django_db
def test_the_last_use_is_counted_and_the_next_refused():
    made = make(max_redemptions=1)
    first, late = orders.order(is_paid=False), orders.order(is_paid=False)
    discounts.redeem(discount=made, order=first, at=AT)
    with pytest.raises(discounts.DiscountUsedUp):
        discounts.redeem(discount=made, order=late, at=AT)
    made.refresh_from_db()
    assert made.redeemed == 1
    assert Redemption.objects.get().order == first
    assert discounts.find(word="SPRING10", at=AT) is None


@pytest.mark.django_db
def test_a_use_is_given_back_once():
    made = make(max_redemptions=1)
    order = orders.order(is_paid=False)
    discounts.redeem(discount=made, order=order, at=AT)
    assert discounts.release(order=order, at=AT) is True
    assert discounts.release(order=order, at=AT) is False
    made.refresh_from_db()
    assert made.redeemed == 0
    assert Redemption.objects.get().released_at == AT


@pytest.mark.django_db
def test_an_order_without_a_code_has_nothing_to_give_back():
    assert discounts.release(order=orders.order(), at=AT) is False


@pytest.mark.django_db
def test_a_use_given_back_is_taken_again_by_a_late_payment():
    made = make(max_redemptions=1)
    order = orders.order(is_paid=False)
    discounts.redeem(discount=made, order=order, at=AT)
    assert discounts.take_again(order=order, at=AT) is False
    discounts.release(order=order, at=AT)
    assert discounts.take_again(order=order, at=AT) is True
    made.refresh_from_db()
    assert made.redeemed == 1
    assert Redemption.objects.get().released_at is None


@pytest.mark.django_db
def test_a_use_that_went_to_someone_else_is_not_taken_again():
    made = make(max_redemptions=1)
    late, other = orders.order(is_paid=False), orders.order(is_paid=False)
    discounts.redeem(discount=made, order=late, at=AT)
    discounts.release(order=late, at=AT)
    discounts.redeem(discount=made, order=other, at=AT)
    assert discounts.take_again(order=late, at=AT) is False
    made.refresh_from_db()
    assert made.redeemed == 1


def redeem_naively(*, discount, order, at):
    """What the protection is against: look, then count, in two statements."""
    fresh = Discount.objects.get(pk=discount.pk)
    barrier.wait(timeout=20)
    if fresh.redeemed >= fresh.max_redemptions:
        raise discounts.DiscountUsedUp
    fresh.redeemed += 1
    fresh.save()
    return Redemption.objects.create(discount=fresh, order=order, redeemed_at=at)


THREADS = 50
barrier = threading.Barrier(THREADS)


def redeem_at_once(redeem, discount, rows) -> int:
    """Let every order try to redeem at the same time; gives how many did."""
    won: list[int] = []
    start = threading.Barrier(len(rows))

    def buyer(order):
        try:
            with transaction.atomic():
                start.wait(timeout=20)
                redeem(discount=discount, order=order, at=AT)
            won.append(order.pk)
        except discounts.DiscountUsedUp:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=buyer, args=(order,)) for order in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(won)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_fifty_buyers_share_a_single_use_code_once():
    cup = sellers.variant()
    rows = [orders.order((cup, 1), is_paid=False) for _ in range(THREADS)]
    naive = make("NAIVE", max_redemptions=1)
    assert redeem_at_once(redeem_naively, naive, rows) == THREADS

    Redemption.objects.all().delete()
    real = make("REAL", max_redemptions=1)
    assert redeem_at_once(discounts.redeem, real, rows) == 1
    real.refresh_from_db()
    assert real.redeemed == 1
    assert Redemption.objects.count() == 1
