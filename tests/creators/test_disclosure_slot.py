"""The product page of sellers says who earns, to those who came through a creator."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from creators.services import attribution
from marketplace.kit import clock
from tests.factories import creators as make_creators
from tests.factories import sellers as make_sellers

pytestmark = pytest.mark.django_db


def token(creator, *, days_ago=0):
    return attribution.token(
        source_type="profile",
        source_id=creator.public_id,
        issued=clock.now().date() - timedelta(days=days_ago),
    )


def page(client, product, via):
    return client.get(product.get_absolute_url(), {"via": via}).content.decode()


@pytest.fixture
def product():
    return make_sellers.product()


@pytest.fixture
def creator():
    return make_creators.make_creator(name="Elin Sjöberg")


def test_who_came_through_a_creator_reads_that_the_creator_earns(
    client, product, creator
):
    via = token(creator)
    text = page(client, product, via)
    assert "Elin Sjöberg earns commission" in text
    assert text.index("Elin Sjöberg earns") < text.index('id="buy"')
    assert f'name="via" value="{via}"' in text


def test_without_a_token_that_is_ours_and_fresh_nobody_is_said_to_earn(
    client, product, creator
):
    good = token(creator)
    for via in ("", "nonsense", good[:-1], good + "x", token(creator, days_ago=31)):
        assert "earns commission" not in page(client, product, via)


def test_an_arrival_costs_two_queries_more(
    client, product, creator, django_assert_num_queries
):
    clock.now()
    with CaptureQueriesContext(connection) as without:
        page(client, product, "")

    # the source's owner, the creator
    with django_assert_num_queries(len(without) + 2):
        page(client, product, token(creator))
