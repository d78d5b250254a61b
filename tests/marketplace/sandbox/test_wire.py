import pytest

from marketplace.sandbox import wire
from marketplace.sandbox.errors import Invalid


def test_brackets_become_nested_hashes():
    text = (
        "mode=payment&line_items[0][price_data][currency]=jpy&metadata[a+b]=%E8%8C%B6"
    )

    assert wire.decode_form(text) == {
        "mode": "payment",
        "line_items": {"0": {"price_data": {"currency": "jpy"}}},
        "metadata": {"a b": "茶"},
    }


def test_empty_brackets_append():
    assert wire.decode_form("types[]=a&types[]=b") == {"types": {"0": "a", "1": "b"}}


@pytest.mark.parametrize(
    "text",
    [
        "a=1&a=2",
        "a=1&a[b]=2",
        "a[b]=1&a=2",
        "[a]=1",
        "a[b=1",
        "a]b=1",
        "=1",
        "a" + "[b]" * 12 + "=1",
        "a=%FF",
        "&".join(f"k{number}=1" for number in range(10_001)),
    ],
)
def test_malformed_forms_are_refused(text):
    with pytest.raises(Invalid):
        wire.decode_form(text)


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"\xff"])
def test_malformed_json_is_refused(body):
    with pytest.raises(Invalid):
        wire.decode_json(body)


def test_empty_json_body_is_no_parameters():
    assert wire.decode_json(b"") == {}
