"""What pages read of orders."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from orders import queries
from tests.factories import orders


@pytest.mark.django_db
def test_the_day_a_parcel_is_expected_is_the_day_where_the_platform_is():
    order = orders.order(at=datetime(2026, 11, 20, 23, 0, tzinfo=UTC))

    with timezone.override("Asia/Tokyo"):
        (part,) = queries.order_page(order=order).parts

    assert part.expected_from == date(2026, 11, 23)
    assert part.expected_until == date(2026, 11, 25)
