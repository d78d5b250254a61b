import pytest

from marketplace.local import assets, fonts
from marketplace.local.console import RunError


def test_stylesheet_is_built_again_only_when_a_source_changed(used_clone, capsys):
    assets.build(used_clone)
    first = (used_clone / assets.BUILD / "app.css").read_text()
    capsys.readouterr()

    assets.build(used_clone)
    assert capsys.readouterr().err == ""

    (used_clone / assets.STYLESHEET).write_text("a { color: blue }")
    assets.build(used_clone)
    assert capsys.readouterr().err == "· Building the stylesheet\n"
    assert first != (used_clone / assets.BUILD / "app.css").read_text()


def test_both_weights_of_the_typeface_fit_into_35_kilobytes(used_clone):
    assets.build(used_clone)

    sizes = [(used_clone / assets.BUILD / name).stat().st_size for name in fonts.FONTS]

    assert len(sizes) == 2
    assert sum(sizes) <= 35 * 1024


def test_wrong_stylesheet_is_refused_and_the_last_good_one_kept(used_clone):
    assets.build(used_clone)
    good = (used_clone / assets.BUILD / "app.css").read_text()
    (used_clone / assets.STYLESHEET).write_text("@apply nonsense-that-is-none; a {")

    with pytest.raises(RunError, match="The stylesheet cannot be built"):
        assets.build(used_clone)

    assert (used_clone / assets.BUILD / "app.css").read_text() == good


def test_missing_stylesheet_is_named(clone):
    (clone / assets.STYLESHEET).unlink()

    with pytest.raises(RunError, match=r"static/css/app\.css is missing"):
        assets.build(clone)
