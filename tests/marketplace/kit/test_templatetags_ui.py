"""The tags and filters pages are written with."""

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from marketplace.kit.templatetags import icons, pills


def drawn(source, path="/sell/orders?state=paid&page=3", **context):
    request = RequestFactory().get(path)
    template = Template("{% load ui %}" + source)
    return template.render(Context({"request": request, **context}))


class Sample(forms.Form):
    email = forms.EmailField(help_text="For your receipt")
    note = forms.CharField(widget=forms.Textarea, required=False)
    agreed = forms.BooleanField()
    token = forms.CharField(widget=forms.HiddenInput)


def test_a_pill_has_word_icon_and_tone():
    html = drawn('{% pill "to_ship" "order" %}')
    assert 'class="pill pill-info"' in html
    assert "To ship" in html
    assert "<svg" in html


def test_a_pill_of_the_same_code_differs_by_kind():
    assert "Sent" in drawn('{% pill "sent" "transfer" %}')
    assert "Refund sent" in drawn('{% pill "sent" "refund" %}')


def test_a_pill_takes_a_suffix():
    assert "In payout #32" in drawn('{% pill "in_payout" "earning" "#32" %}')


def test_an_unknown_state_is_a_mistake_and_says_so():
    with pytest.raises(pills.UnknownState):
        pills.find("nonsense")
    with pytest.raises(pills.UnknownState):
        pills.find("to_ship", "payment")


def test_every_pill_uses_an_icon_that_is_drawn():
    used = {pill.icon for table in pills.tables().values() for pill in table.values()}
    assert used - icons.ICONS.keys() == set()


def test_a_pill_escapes_its_words():
    assert "<b>" not in drawn('{% pill_of word "ok" %}', word="<b>x</b>")


def test_nothing_is_written_for_an_amount_that_is_not_known():
    assert drawn("{{ amount|money:'SEK' }}", amount=None) == ""


def test_a_control_is_tied_to_its_hint_and_its_error():
    form = Sample({"email": "x", "agreed": "on", "token": "t"})
    assert not form.is_valid()
    html = drawn("{% control form.email %}", form=form)
    assert 'aria-describedby="id_email_hint id_email_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="input"' in html


def test_a_control_without_errors_is_not_marked_invalid():
    html = drawn("{% control form.email %}", form=Sample())
    assert "aria-invalid" not in html


def test_a_checkbox_is_drawn_as_one():
    assert 'class="check"' in drawn("{% control form.agreed %}", form=Sample())


@pytest.mark.parametrize(
    ("name", "kind"),
    [("email", "text"), ("note", "text"), ("agreed", "check"), ("token", "hidden")],
)
def test_the_kind_of_a_control_decides_its_layout(name, kind):
    form = Sample()
    assert drawn("{{ field|control_kind }}", field=form[name]) == kind


def test_a_link_to_this_page_is_marked_current():
    assert drawn('{% current "/sell/orders" %}') == 'aria-current="page"'
    assert drawn('{% current "/sell/" %}') == 'aria-current="true"'
    assert drawn('{% current "/sell/" "exact" %}') == ""
    assert drawn('{% current "/create/" %}') == ""


def test_a_filter_link_keeps_the_rest_of_the_query():
    assert drawn("{% with_query page=4 %}") == "?state=paid&amp;page=4"
    assert drawn("{% with_query state=None page=None %}") == "?"


def test_a_list_says_which_rows_it_shows():
    page = Paginator(range(30), 24).get_page(2)
    assert drawn("{{ page|shown_range }}", page=page) == "25\u201330"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Hout & Zoon B.V.", "HZ"),
        ("Hout &amp; Zoon", "HZ"),
        ("Saltviken", "S"),
        ("Saltviken AB", "S"),
        ("AB", "A"),
        ("常滑 陶房", "常陶"),
        ("", "?"),
        ("&", "?"),
    ],
)
def test_initials_stand_in_for_a_picture(name, letters):
    assert drawn("{{ name|initials }}", name=name) == letters


def test_a_spark_line_starts_at_zero_and_fills_its_box():
    points = drawn("{{ values|spark_points }}", values=[0, 5, 10])
    assert points == "0.0,27.0 38.0,14.0 76.0,1.0"
    assert drawn("{{ values|spark_end }}", values=[0, 5, 10]) == "1.0"


def test_a_spark_line_of_zeros_lies_on_the_ground():
    assert drawn("{{ values|spark_points }}", values=[0, 0]) == "0.0,27.0 76.0,27.0"
