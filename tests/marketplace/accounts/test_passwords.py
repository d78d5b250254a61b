"""What a password must be, and how it is said."""

import pytest
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils import translation


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("k4nel", "password_too_short"),
        ("password1", "password_too_common"),
        ("50926713481", "password_entirely_numeric"),
    ],
)
def test_a_weak_password_is_refused(password, code):
    with pytest.raises(ValidationError) as refused:
        password_validation.validate_password(password)
    assert [each.code for each in refused.value.error_list] == [code]


def test_a_good_password_passes():
    password_validation.validate_password("lera-och-lin")


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("en", "At least 8 characters."),
        ("sv", "Minst 8 tecken."),
        ("nl", "Minstens 8 tekens."),
        ("ja", "8文字以上で入力してください。"),
    ],
)
def test_the_hint_is_short_and_in_our_own_words(language, first):
    with translation.override(language):
        hints = password_validation.password_validators_help_texts()
    assert hints[0] == first
    assert len(hints) == 3
    assert not any("Uw " in hint for hint in hints)


@pytest.mark.parametrize(
    ("language", "words"),
    [("sv", "Fyll i det här."), ("nl", "Vul dit in."), ("ja", "入力してください。")],
)
def test_what_django_says_of_an_empty_field_is_said_our_way(language, words):
    with translation.override(language):
        assert translation.gettext("This field is required.") == words
