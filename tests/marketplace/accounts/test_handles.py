import pytest

from marketplace.accounts import handles
from marketplace.accounts.models import Handle, HandleKind

pytestmark = pytest.mark.django_db


def take(handle, reference="shop_1"):
    return handles.take(handle=handle, kind=HandleKind.SHOP, reference=reference)


def test_a_handle_is_taken_in_its_one_form():
    assert take(" @Elin.Hemma ").handle == "elin.hemma"


def test_a_handle_that_someone_has_is_refused_whoever_asks():
    take("elin")
    with pytest.raises(handles.HandleTaken):
        handles.take(handle="ELIN", kind=HandleKind.CREATOR, reference="cre_1")
    assert Handle.objects.get().reference == "shop_1"


@pytest.mark.parametrize(
    "handle",
    ["", "ab", "a" * 31, ".elin", "elin-", "el in", "åsa", "admin", "checkout", "a/b"],
)
def test_a_handle_of_another_form_or_a_reserved_word_is_refused(handle):
    with pytest.raises(handles.HandleRefused):
        take(handle)
    assert Handle.objects.count() == 0


def test_free_names_near_a_taken_one_are_suggested():
    take("elin")
    take("elin.shop", "shop_2")
    assert handles.suggest("Elin") == ["elin.studio", "elin.home", "elin.co"]
