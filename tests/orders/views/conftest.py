"""Until the product page has its route, a product's address is written here."""

import pytest

from sellers.models import Product


@pytest.fixture(autouse=True)
def _product_addresses(monkeypatch):
    monkeypatch.setattr(
        Product,
        "get_absolute_url",
        lambda self: f"/products/{self.public_id}-{self.slug}",
    )
