import pytest

from marketplace.local import throwaway
from marketplace.local.console import RunError


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ([], None)),
        (["--junit", "out.xml"], ([], "out.xml")),
        (["-k", "cart", "--junit=out.xml", "-x"], (["-k", "cart", "-x"], "out.xml")),
        (["--junitxml=other.xml"], (["--junitxml=other.xml"], None)),
    ],
)
def test_junit_is_ours_and_all_else_goes_to_pytest(arguments, expected):
    assert throwaway.split_junit(arguments) == expected


def test_junit_without_a_file_is_refused():
    with pytest.raises(RunError, match="--junit needs the name of a file"):
        throwaway.split_junit(["-x", "--junit"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], None),
        (["--json", "--currency", "JPY"], "JPY"),
        (["--currency=jpy"], "JPY"),
        (["--currency"], None),
    ],
)
def test_story_finds_the_currency_that_decides_its_country(arguments, expected):
    assert throwaway.currency(arguments) == expected


def test_pictures_are_asked_for_by_name_language_and_theme():
    asked = throwaway.wanted_shots(["--only=home,cart", "--languages", "sv,ja"])
    assert asked == {"SHOTS_ONLY": "home,cart", "SHOTS_LANGUAGES": "sv,ja"}


def test_pictures_of_one_size_go_onto_contact_sheets_in_a_folder():
    asked = throwaway.wanted_shots(["--contact", "--sizes", "desk", "--into=/tmp/a"])
    assert asked == {
        "SHOTS_CONTACT": "1",
        "SHOTS_SIZES": "desk",
        "SHOTS_INTO": "/tmp/a",
    }


@pytest.mark.parametrize("arguments", [["--size", "1"], ["--only"], ["home"]])
def test_pictures_of_nothing_known_are_refused(arguments):
    with pytest.raises(RunError):
        throwaway.wanted_shots(arguments)
