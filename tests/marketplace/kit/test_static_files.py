"""What a collected script imports is named by its content, as the script itself is."""

import re
import shutil

import pytest
from django.conf import settings
from whitenoise.storage import CompressedManifestStaticFilesStorage

from marketplace.kit.static_files import HashedFiles

SCRIPTS = settings.BASE_DIR / "marketplace" / "static" / "js"
IMPORTED = re.compile(r'from "\./(\w+)((?:\.[0-9a-f]{12})?)\.js"')


def collected(storage, folder):
    """The name that each of our scripts has once it is collected from a folder."""
    kept = storage(location=folder, base_url="/static/")
    scripts = {f"js/{path.name}": path for path in (folder / "js").iterdir()}
    done = kept.post_process({name: (kept, name) for name in scripts})
    # Compressed copies are named too.
    return {name: hashed for name, hashed, _done in done if hashed.endswith(".js")}


@pytest.fixture
def folder(tmp_path):
    """A copy of our scripts."""
    shutil.copytree(SCRIPTS, tmp_path / "js")
    return tmp_path


@pytest.fixture
def modules():
    """The names of the modules that `app.js` imports, as it is written."""
    plain = IMPORTED.findall((SCRIPTS / "app.js").read_text())
    assert ("forms", "") in plain
    return [name for name, _hash in plain]


def test_each_import_names_the_file_by_its_content(folder, modules):
    names = collected(HashedFiles, folder)
    imported = IMPORTED.findall((folder / names["js/app.js"]).read_text())
    named = [f"js/{name}{mark}.js" for name, mark in imported]
    assert named == [names[f"js/{name}.js"] for name in modules]
    assert all((folder / name).is_file() for name in named)


def test_without_it_the_imports_keep_their_plain_names(folder, modules):
    names = collected(CompressedManifestStaticFilesStorage, folder)
    imported = IMPORTED.findall((folder / names["js/app.js"]).read_text())
    assert imported == [(name, "") for name in modules]


def test_a_change_in_a_module_changes_the_name_of_what_imports_it(folder):
    before = collected(HashedFiles, folder)
    with (folder / "js" / "toasts.js").open("a") as file:
        file.write("// changed\n")
    after = collected(HashedFiles, folder)
    assert after["js/toasts.js"] != before["js/toasts.js"]
    assert after["js/app.js"] != before["js/app.js"]
    assert after["js/forms.js"] == before["js/forms.js"]
