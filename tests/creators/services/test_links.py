from datetime import timedelta

import pytest

from creators.models import ClickCount
from creators.services import links
from creators.services.attribution import Source
from tests.factories.creators import AT, make_creator, make_post

pytestmark = pytest.mark.django_db


def test_clicks_are_a_number_a_day():
    creator = make_creator()
    source = Source("link", creator.public_id, AT.date())

    for at in (AT, AT, AT + timedelta(days=1)):
        assert links.count_click(source=source, at=at)

    assert list(
        ClickCount.objects.order_by("day").values_list(
            "creator_id", "source_type", "day", "clicks"
        )
    ) == [
        (creator.pk, "link", AT.date(), 2),
        (creator.pk, "link", AT.date() + timedelta(days=1), 1),
    ]


def test_a_post_counts_for_its_creator():
    post = make_post(make_creator())

    links.count_click(source=Source("post", post.public_id, AT.date()), at=AT)

    assert ClickCount.objects.get().creator_id == post.creator_id


def test_a_source_that_is_gone_counts_nothing():
    assert not links.count_click(
        source=Source("post", "post_23456789BCDFGH", AT.date()), at=AT
    )
    assert not ClickCount.objects.exists()
