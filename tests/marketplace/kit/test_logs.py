import logging

import pytest

from marketplace.kit.logs import Redact


def written(message, *args):
    record = logging.LogRecord("n", logging.INFO, "f", 1, message, args, None)
    assert Redact().filter(record) is True
    return record.getMessage()


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("GET /o/AbCdEfGh12345678 200", "GET /o/[redacted] 200"),
        ("GET /checkout/AbCdEfGh12345678", "GET /checkout/[redacted]"),
        ("GET /products/x?via=abc.def&a=1", "GET /products/x?via=[redacted]&a=1"),
        ("GET /cart/carry/cart_x:carry_y:1a:Zz", "GET /cart/carry/[redacted]"),
        ("GET /cart?country=NL&bag=cart_x:Zz", "GET /cart?country=NL&bag=[redacted]"),
        ("GET /o/abcdefghij?paid=1&key=Zz", "GET /o/[redacted]?paid=1&key=[redacted]"),
        ("key sk_test_123", "key [redacted]"),
        ("mail to nina@example.com", "mail to [redacted]"),
        ("order ord_8Kf paid", "order ord_8Kf paid"),
        ("GET /search?q=4242424242424242", "GET /search?q=[redacted]"),
        ("typed 4000 0025 0000 3155.", "typed [redacted]."),
        ("paid at 1795262460123", "paid at 1795262460123"),
        ("no. 4242424242424241", "no. 4242424242424241"),
    ],
)
def test_what_opens_something_is_not_logged(message, kept):
    assert written(message) == kept


def test_arguments_are_redacted_too():
    assert written("path %s", "/o/AbCdEfGh12345678") == "path /o/[redacted]"
