"""The script of an address form asks what a postcode says of the rest."""

import pytest
from django.core.cache import cache

from orders.views import postcodes


@pytest.fixture(autouse=True)
def forgotten():
    cache.clear()


def asked(client, country, code):
    return client.get(f"/postcodes/{country}", {"code": code})


@pytest.mark.parametrize(
    ("country", "code", "told"),
    [
        (
            "JP",
            "1500001",
            {"region": "東京都", "city": "渋谷区", "line1": "神宮前"},
        ),
        ("JP", "6040000", {"region": "京都府", "city": "京都市中京区", "line1": ""}),
        ("US", "10001", {"region": "NY", "city": "New York", "line1": ""}),
        ("JP", "9999999", {}),
        ("JP", "", {}),
        ("JP", "7" * 10_000, {}),
        ("JP", "\x00' OR 1=1", {}),
        ("SE", "11122", {}),
        ("nowhere", "1500001", {}),
    ],
)
def test_it_tells_what_is_certain_and_nothing_of_the_rest(client, country, code, told):
    answer = asked(client, country, code)

    assert answer.status_code == 200
    assert answer.json() == told
    assert answer["Cache-Control"] == "public, max-age=86400"


def test_one_who_reads_the_whole_table_is_stopped(client, monkeypatch):
    monkeypatch.setattr(postcodes, "ASKED_PER_MINUTE", 2)

    assert [asked(client, "JP", "1500001").status_code for _ in range(3)] == [
        200,
        200,
        429,
    ]
