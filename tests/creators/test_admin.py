import pytest
from django.urls import reverse

from creators.models import Collaboration
from marketplace.accounts.models import User
from tests.factories.creators import (
    make_collection,
    make_creator,
    make_partnership,
    make_post,
    make_product,
    make_shop,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_superuser("staff@example.com", "x"))
    return client


def test_every_list_and_page_of_creators_opens(staff):
    creator, shop = make_creator(), make_shop()
    partnership = make_partnership(creator, shop)
    collection, post = make_collection(creator), make_post(creator)
    collection.picks.create(product=make_product(shop))
    rows = [creator, partnership.collaboration, partnership, collection, post]

    for row in rows:
        name = row._meta.model_name
        listed = staff.get(reverse(f"admin:creators_{name}_changelist"))
        shown = staff.get(reverse(f"admin:creators_{name}_change", args=[row.pk]))
        assert (listed.status_code, shown.status_code) == (200, 200)
    assert staff.get(reverse("admin:creators_clickcount_changelist")).status_code == 200


def add(staff, shop, **changes):
    typed = {
        "shop": shop.pk,
        "rate_bps": 800,
        "funded_by": "platform",
        "starts_at_0": "2026-11-02",
        "starts_at_1": "09:00",
        "partnerships-TOTAL_FORMS": "0",
        "partnerships-INITIAL_FORMS": "0",
        **changes,
    }
    return staff.post(reverse("admin:creators_collaboration_add"), typed)


def test_staff_open_what_the_platform_pays_for(staff):
    assert add(staff, make_shop()).status_code == 302

    opened = Collaboration.objects.get()
    assert (opened.rate_bps, opened.funded_by) == (800, "platform")


@pytest.mark.parametrize("rate_bps", [0, 1001])
def test_a_platform_share_above_its_commission_is_refused_in_words(staff, rate_bps):
    response = add(staff, make_shop(), rate_bps=rate_bps)

    assert response.status_code == 200
    assert "1 to 1000 basis points" in response.content.decode()
    assert not Collaboration.objects.exists()


def test_nothing_of_a_creator_is_changed_or_deleted_by_hand(staff):
    creator = make_creator()

    for action in ("delete", "change"):
        address = reverse(f"admin:creators_creator_{action}", args=[creator.pk])
        assert staff.post(address, {"name": "Other"}).status_code == 403
    creator.refresh_from_db()
    assert creator.name == "Nina Berg"
