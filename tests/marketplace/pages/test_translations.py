"""How strings are found, merged and checked; the catalogues themselves are complete."""

import io
import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import CommandError, call_command

from marketplace.pages import apps
from marketplace.pages.translations import catalogues, extraction, faults
from marketplace.pages.translations.extraction import Audience


@pytest.fixture
def project(tmp_path):
    """A project of one page and one module."""
    page = tmp_path / "orders" / "templates" / "orders" / "bag.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        "{% load i18n %}<div>\n"
        '      <h1>{% translate "Your bag" %}</h1>\n'
        "   {% if n %}\n"
        "     {% blocktranslate trimmed count n=n %}\n"
        "        {{ n }} seller\n"
        "     {% plural %}\n"
        "        {{ n }} sellers\n"
        "     {% endblocktranslate %}\n"
        "   {% endif %}\n"
        "</div>\n"
    )
    (tmp_path / "orders" / "views.py").write_text(
        "title = _('%(shop)s has shipped') % {'shop': shop}\n"
        "word = pgettext('product', 'Live')\n"
    )
    admin = tmp_path / "payouts" / "admin"
    admin.mkdir(parents=True)
    (admin / "runs.py").write_text("label = _('Runs')\n")
    return tmp_path


def translated(language, root, **texts):
    """Merge, and write the translations of some strings."""
    kept = catalogues.merge(language, extraction.catalogue(root), root=root)
    for message in kept:
        key = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
        if key in texts:
            message.string = texts[key]
    with catalogues.path_of(language, root=root).open("wb") as file:
        catalogues.write(file, kept)


def found(language, root):
    kept = catalogues.read(language, root=root)
    return [
        (fault.what, fault.text)
        for fault in faults.of(language, kept, extraction.catalogue(root))
    ]


def test_an_error_raised_without_words_says_its_docstring(tmp_path):
    module = tmp_path / "orders" / "services.py"
    module.parent.mkdir()
    module.write_text(
        "class Gone(errors.MarketplaceError):\n"
        '    """It is gone.\n'
        "    Nothing was changed.\n\n"
        '    A note for us."""\n'
        "class LongGone(Gone):\n"
        '    """It is long gone."""\n'
        "class Worded(Gone):\n"
        '    """Never read."""\n'
        "    def __init__(self): super().__init__(_('Worded.'))\n"
        "class Kept(Gone):\n"
        '    """Never raised bare."""\n'
        "class Other(Exception):\n"
        '    """No refusal."""\n'
        "def act():\n"
        "    raise Gone\n"
        "    raise gone.LongGone() from None\n"
        "    raise Worded()\n"
        "    raise Kept('said')\n"
        "    raise Other\n"
    )
    ids = {message.id for message in extraction.catalogue(tmp_path) if message.id}
    assert ids == {"It is gone. Nothing was changed.", "It is long gone.", "Worded."}


SWEDISH = {
    "Your bag": "Din varukorg",
    "%(n)s seller": ("%(n)s säljare", "%(n)s säljare"),
    "%(shop)s has shipped": "%(shop)s har skickat",
    "Live": "Till salu",
    "Runs": "Körningar",
}


def test_strings_are_found_in_templates_and_modules(project):
    template = extraction.catalogue(project)
    ids = {message.id for message in template if message.id}
    assert ids == {
        "Your bag",
        ("%(n)s seller", "%(n)s sellers"),
        "%(shop)s has shipped",
        "Live",
        "Runs",
    }
    assert template.get("Live", "product").context == "product"


def test_every_name_that_marks_a_string_is_known():
    """A string marked under another name would be in no catalogue, and in no check."""
    marks = re.compile(r"\bn?p?gettext(?:_lazy|_noop)? as (\w+)")
    used = {
        name
        for package in extraction.PACKAGES
        for path in (settings.BASE_DIR / package).rglob("*.py")
        for name in marks.findall(path.read_text(encoding="utf-8"))
    }
    assert used >= {"_", "_l"}
    assert used <= set(extraction.KEYWORDS)


def test_a_whole_catalogue_has_no_fault(project):
    translated("sv", project, **SWEDISH)
    assert found("sv", project) == []


@pytest.mark.parametrize(
    ("text", "translation", "what"),
    [
        ("Your bag", "", "missing"),
        ("%(shop)s has shipped", "Har skickats", "without %(shop)s"),
        ("%(shop)s has shipped", "%(shop)s: %(day)s", "unknown %(day)s"),
        ("%(shop)s has shipped", "%(shop)s 100 % skickat", "a stray %"),
        ("%(shop)s has shipped", "<b>%(shop)s</b> har", "other tags"),
        ("%(n)s seller", ("En säljare", ""), "plural forms, 2 are needed"),
        ("%(n)s seller", ("En säljare", "säljare"), "without %(n)s"),
    ],
)
def test_a_translation_that_breaks_is_named(project, text, translation, what):
    translated("sv", project, **{**SWEDISH, text: translation})
    assert found("sv", project) == [(what, text)]


def test_one_may_be_said_without_its_number(project):
    words = ("En säljare", "%(n)s säljare")
    translated("sv", project, **{**SWEDISH, "%(n)s seller": words})
    assert found("sv", project) == []


def test_japanese_has_one_form(project):
    translated("ja", project, **{"%(n)s seller": ("販売者%(n)s",)})
    assert "%(n)s seller" not in [text for _what, text in found("ja", project)]


def test_merging_keeps_drops_and_doubts(project):
    translated("sv", project, **SWEDISH)
    page = project / "orders" / "templates" / "orders" / "bag.html"
    page.write_text('{% load i18n %}{% translate "Your big bag" %}')
    kept = catalogues.merge("sv", extraction.catalogue(project), root=project)
    assert kept.get("%(shop)s has shipped").string == "%(shop)s har skickat"
    assert kept.get("%(n)s seller") is None
    assert kept.get("Your big bag").fuzzy
    assert found("sv", project) == [("fuzzy", "Your big bag")]


def test_merging_twice_changes_nothing(project):
    translated("sv", project, **SWEDISH)
    path = catalogues.path_of("sv", root=project)
    catalogues.merge("sv", extraction.catalogue(project), root=project)
    once = path.read_bytes()
    catalogues.merge("sv", extraction.catalogue(project), root=project)
    assert path.read_bytes() == once


def test_what_is_written_newer_is_compiled_again(project):
    translated("sv", project, **SWEDISH)
    assert catalogues.compile_stale(root=project) == ["sv"]
    assert catalogues.compile_stale(root=project) == []
    translated("sv", project, **{**SWEDISH, "Your bag": "Varukorgen"})
    assert catalogues.compile_stale(root=project) == ["sv"]


def test_a_catalogue_that_is_not_compiled_is_told_of(project, settings):
    settings.BASE_DIR = project
    translated("sv", project, **SWEDISH)
    (warning,) = apps._compiled()
    assert warning.id == "pages.W001"
    catalogues.compile_stale(root=project)
    assert apps._compiled() == []


def test_the_check_fails_and_lists_what_a_buyer_would_read_in_english(
    project, settings
):
    settings.BASE_DIR = project
    settings.LANGUAGES = [("en", "English"), ("sv", "Svenska")]
    translated("sv", project, **{**SWEDISH, "Your bag": "", "Runs": ""})
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 translations are to be mended"):
        call_command("translate", "--check", stdout=out)
    assert "missing: 'Your bag' (orders/templates/orders/bag.html)" in out.getvalue()
    assert "'Runs'" not in out.getvalue()
    translated("sv", project, **{**SWEDISH, "Runs": ""})
    call_command("translate", "--check", stdout=out)
    with pytest.raises(CommandError):
        call_command("translate", "--check", "--audience", "staff", stdout=out)


@pytest.mark.parametrize(
    ("file", "audience"),
    [
        ("orders/templates/orders/cart.html", Audience.BUYER),
        ("orders/a_new_page.py", Audience.BUYER),
        ("sellers/templates/sellers/product.html", Audience.BUYER),
        ("sellers/templates/sellers/product_edit.html", Audience.STUDIO),
        ("payouts/templates/admin/payouts/run.html", Audience.STAFF),
        ("orders/admin.py", Audience.STAFF),
        ("payouts/admin/runs.py", Audience.STAFF),
    ],
)
def test_the_place_of_a_string_says_who_reads_it(file, audience):
    assert extraction.audience_of(file) == audience


def test_a_string_buyers_read_somewhere_is_theirs():
    files = ["payouts/admin/runs.py", "orders/templates/orders/cart.html"]
    assert extraction.audience(files) == Audience.BUYER


@pytest.mark.parametrize("language", ["sv", "nl", "ja"])
def test_every_catalogue_can_be_read_and_has_its_plurals(language):
    with catalogues.path_of(language, root=settings.BASE_DIR).open("rb") as file:
        kept = read_po(file, locale=language)
    assert isinstance(kept, Catalog)
    assert kept.num_plurals == {"sv": 2, "nl": 2, "ja": 1}[language]
