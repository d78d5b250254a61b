import pytest

from sellers.models import Product, StockMove
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
LISTS = ["shop", "product", "variant", "stockmove"]


@pytest.fixture
def staff(client):
    person = make.user(is_staff=True, is_superuser=True)
    client.force_login(person)
    return person


@pytest.mark.parametrize("name", LISTS)
def test_staff_read_lists_and_rows_and_can_add_change_or_delete_nothing(
    client, staff, name
):
    product = make.product()
    rows = {
        "shop": product.shop,
        "product": product,
        "variant": product.variants.get(),
        "stockmove": StockMove.objects.get(),
    }
    base = f"/admin/sellers/{name}/"
    assert client.get(base).status_code == 200
    assert client.get(f"{base}{rows[name].pk}/change/").status_code == 200
    assert client.get(f"{base}add/").status_code == 403
    assert client.get(f"{base}{rows[name].pk}/delete/").status_code == 403
    changed = client.post(f"{base}{rows[name].pk}/change/", {"title": "Mine"})
    assert changed.status_code == 403
    assert Product.objects.get().title == "Stoneware cup"
    assert StockMove.objects.count() == 1


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("size", [1, 10])
def test_a_list_takes_as_many_queries_for_ten_rows_as_for_one(
    client, staff, name, size, django_assert_num_queries
):
    for _ in range(size):
        make.product()
    # session, user, count, rows; for shops the countries and currencies to filter by
    with django_assert_num_queries(6 if name == "shop" else 4):
        assert client.get(f"/admin/sellers/{name}/").status_code == 200
