import pytest

from creators.models import Code, Creator, Link
from creators.services import links, profiles
from marketplace.accounts import handles
from marketplace.accounts.models import Handle, HandleKind
from tests.factories.creators import AT, make_creator, make_user

pytestmark = pytest.mark.django_db


def join(**changes):
    wanted = {"handle": "nina", "name": "Nina Berg", "country": "SE", **changes}
    return profiles.join(user=wanted.pop("user", None) or make_user(), at=AT, **wanted)


def nothing_was_made():
    return not (
        Creator.objects.exists()
        or Handle.objects.filter(kind=HandleKind.CREATOR).exists()
        or Link.objects.exists()
        or Code.objects.exists()
    )


def test_joining_makes_a_profile_with_its_handle_link_and_code():
    creator = join(handle="@Nina.Berg", name="  Nina Berg ")

    assert (creator.handle, creator.name) == ("nina.berg", "Nina Berg")
    assert (creator.country, creator.is_payable) == ("SE", False)
    assert creator.link.slug == "nina.berg"
    assert creator.code.word == "NINABERG"
    handle = Handle.objects.get(handle="nina.berg")
    assert (handle.kind, handle.reference) == ("creator", creator.public_id)


def test_a_handle_of_a_shop_is_taken_for_creators_too():
    handles.take(handle="nina", kind=HandleKind.SHOP, reference="shop_x")

    with pytest.raises(handles.HandleTaken):
        join(handle="nina")

    assert nothing_was_made()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"handle": "no"}, handles.HandleRefused),
        ({"handle": "admin"}, handles.HandleRefused),
        ({"name": "   "}, profiles.EmptyName),
        ({"country": "JP"}, profiles.CountryNotServed),
    ],
)
def test_what_cannot_be_a_profile_is_refused_and_leaves_nothing(changes, error):
    with pytest.raises(error):
        join(**changes)

    assert nothing_was_made()


def test_a_japanese_platform_serves_japanese_creators(settings):
    settings.PLATFORM_COUNTRY = "JP"

    assert join(country="JP", name="山田 花子").name == "山田 花子"
    with pytest.raises(profiles.CountryNotServed):
        join(handle="other", country="SE")


def test_a_person_has_one_profile():
    user = make_user()
    join(user=user)

    with pytest.raises(profiles.AlreadyCreator):
        join(user=user, handle="second")

    assert Creator.objects.count() == 1
    assert not Handle.objects.filter(handle="second").exists()


def test_two_handles_with_one_word_get_two_codes():
    words = [join(handle=handle).code.word for handle in ("nina", "ni.na", "n-ina")]

    assert words == ["NINA", "NINA2", "NINA3"]


@pytest.mark.parametrize(
    ("handle", "word"),
    [("a.b", "ABSHOP"), ("abcdefghijklmnopqrstuvwxyz1234", "ABCDEFGHIJKLMNOPQRST")],
)
def test_a_code_always_has_three_to_twenty_letters(handle, word):
    assert join(handle=handle).code.word == word


def test_a_code_is_found_however_it_is_typed():
    creator = join()

    for typed in ("NINA", " nina ", "ＮＩＮＡ", "ni na"):
        assert links.creator_of_code(word=typed) == creator
    for typed in ("", "  ", "NIN", "NINA2"):
        assert links.creator_of_code(word=typed) is None


def test_onboarding_pushes_down_who_can_be_paid():
    creator = make_creator()

    profiles.set_payable(creator=creator, payable=True)

    assert creator.is_payable
    creator.refresh_from_db()
    assert creator.is_payable
