"""What is left in the database for the next test by one that commits."""

import pytest
from django.contrib.auth.models import Permission

from marketplace.accounts.models import User
from tests.factories import sellers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("time", ["first", "second"])
def test_one_that_commits_leaves_the_permissions_and_nothing_else(time):
    assert Permission.objects.filter(codename="view_outbox").count() == 1
    assert User.objects.count() == 0
    sellers.user()
    assert User.objects.count() == 1
