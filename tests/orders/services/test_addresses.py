"""The addresses a buyer keeps: one default, none twice, nobody else's."""

import pytest

from orders.models import SavedAddress
from orders.services import addresses
from tests.factories import orders, sellers

pytestmark = pytest.mark.django_db
HOME = {
    "name": "Maja Nyström",
    "line1": "Kungsgatan 31",
    "postal_code": "903 26",
    "city": "Umeå",
    "region": "",
    "country": "SE",
}
WORK = {**HOME, "line1": "Storgatan 2"}
AT = orders.AT


@pytest.fixture
def user():
    return sellers.user()


def keep(user, address, *, is_default=False):
    return addresses.keep(user=user, address=address, is_default=is_default, at=AT)


def lines_of(user):
    """Each address's first line, the default first, with whether it is the default."""
    kept = SavedAddress.objects.visible_to(user).in_order()
    return [(one.line1, one.is_default) for one in kept]


def test_the_first_address_becomes_the_default_and_a_later_one_when_asked(user):
    keep(user, HOME)
    keep(user, WORK)
    assert lines_of(user) == [("Kungsgatan 31", True), ("Storgatan 2", False)]

    addresses.make_default(address=SavedAddress.objects.get(line1="Storgatan 2"))

    assert lines_of(user) == [("Storgatan 2", True), ("Kungsgatan 31", False)]
    assert addresses.default_of(user=user).line1 == "Storgatan 2"


def test_the_same_address_is_kept_once(user):
    first = keep(user, HOME)
    assert keep(user, HOME) == first
    assert lines_of(user) == [("Kungsgatan 31", True)]


def test_one_too_many_is_refused_and_nothing_is_changed(user):
    for number in range(addresses.MOST):
        keep(user, {**HOME, "line1": f"Kungsgatan {number}"})
    before = lines_of(user)

    with pytest.raises(addresses.TooManyAddresses):
        keep(user, WORK, is_default=True)

    assert lines_of(user) == before


def test_an_address_cannot_be_written_into_another_one(user):
    keep(user, HOME)
    work = keep(user, WORK)

    with pytest.raises(addresses.AddressKept):
        addresses.change(address=work, to=HOME, is_default=True)

    assert lines_of(user) == [("Kungsgatan 31", True), ("Storgatan 2", False)]
    addresses.change(address=work, to={**WORK, "city": "Luleå"}, is_default=True)
    assert addresses.written(work) == {**WORK, "city": "Luleå"}
    assert lines_of(user) == [("Storgatan 2", True), ("Kungsgatan 31", False)]


def test_removing_the_default_makes_the_one_kept_last_the_default(user):
    home = keep(user, HOME)
    keep(user, WORK)
    keep(user, {**HOME, "line1": "Hamngatan 9"})

    addresses.remove(address=home)

    assert lines_of(user) == [("Hamngatan 9", True), ("Storgatan 2", False)]


def test_each_person_has_a_default_of_his_own(user):
    other = sellers.user()
    keep(user, HOME)
    keep(other, HOME)
    assert lines_of(user) == lines_of(other) == [("Kungsgatan 31", True)]


def test_where_an_order_goes_is_kept_for_its_buyer_and_for_no_guest(user):
    addresses.keep_that_of(order=orders.order(), at=AT)
    assert not SavedAddress.objects.exists()

    order = orders.order(user=user)
    addresses.keep_that_of(order=order, at=AT)

    assert [addresses.written(one) for one in user.saved_addresses.all()] == [
        {part: getattr(order.address, part) for part in addresses.PARTS}
    ]
