"""A postcode says of an address what is certain, and no more."""

import threading

import pytest

from marketplace.kit.postcodes import Place, place_of


@pytest.mark.parametrize(
    ("country", "postal_code", "place"),
    [
        ("JP", "105-0011", Place(region="東京都", city="港区", line1="芝公園")),
        ("JP", "105ー0011", Place(region="東京都", city="港区", line1="芝公園")),
        ("JP", "105−0011", Place(region="東京都", city="港区", line1="芝公園")),
        ("JP", "〒105 0011", Place(region="東京都", city="港区", line1="芝公園")),
        # A whole town: its neighbourhoods have codes of their own.
        ("JP", "6040000", Place(region="京都府", city="京都市中京区")),
        # Kept in one form: the table writes ＪＰ.
        (
            "JP",
            "1007090",
            Place(region="東京都", city="千代田区", line1="丸の内JPタワー"),
        ),
        # An office with a code of its own.
        (
            "JP",
            "0608621",
            Place(region="北海道", city="札幌市中央区", line1="北一条西"),
        ),
        ("US", "10001", Place(region="NY", city="New York")),
        ("US", "94105", Place(region="CA", city="San Francisco")),
    ],
)
def test_region_city_and_neighbourhood_follow_the_postcode(country, postal_code, place):
    assert place_of(country=country, postal_code=postal_code) == place


@pytest.mark.parametrize(
    ("postal_code", "place"),
    [
        ("0040000", Place(region="北海道", city="")),  # two wards of Sapporo
        ("4980000", None),  # Aichi and Mie
        # "Where 427 or higher follows Kotohira-cho", and "Aname 22 and 2".
        ("7660001", Place(region="香川県", city="仲多度郡琴平町")),
        ("0295503", Place(region="岩手県", city="和賀郡西和賀町")),
    ],
)
def test_what_lies_in_several_places_is_left_open(postal_code, place):
    assert place_of(country="JP", postal_code=postal_code) == place


@pytest.mark.parametrize(
    ("country", "postal_code"),
    [
        ("JP", "9999999"),
        ("JP", "604000"),
        ("JP", "60400000"),
        ("JP", ""),
        ("JP", "６０４００００"),
        ("JP", "604000A"),
        ("JP", "'; --- "),
        ("US", "00000"),
        ("US", "1000"),
        ("SE", "11122"),
        ("NL", "3512 PN"),
        ("", "6040000"),
        ("\x00", "6040000"),
    ],
)
def test_what_nobody_has_or_we_do_not_know_gives_nothing(country, postal_code):
    assert place_of(country=country, postal_code=postal_code) is None


def test_it_is_asked_from_many_threads():
    found = []
    asked = [
        threading.Thread(
            target=lambda: found.append(place_of(country="JP", postal_code="1050011"))
        )
        for _ in range(8)
    ]
    for one in asked:
        one.start()
    for one in asked:
        one.join()
    assert found == [Place(region="東京都", city="港区", line1="芝公園")] * 8
