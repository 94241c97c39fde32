"""What `import civicsns` gives, and what it costs."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import civicsns

#: What `import civicsns` must not load: SDKs, and whatever takes long.
HEAVY = {
    "alembic",
    "attrs",
    "cattrs",
    "cheroot",
    "click",
    "facebook",
    "psycopg",
    "regex",
    "requests",
    "rich",
    "sqlalchemy",
    "structlog",
    "tweepy",
    "werkzeug",
}
SDKS = {"facebook", "requests", "sqlalchemy", "structlog", "tweepy", "werkzeug"}


def loaded_by(code: str) -> set[str]:
    """Run *code* in a fresh interpreter and give the top names of the modules that it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def imported_for_type_checkers() -> dict[str, str]:
    """Give the names under `if TYPE_CHECKING:` in `civicsns/__init__.py`, with their modules."""
    tree = ast.parse(Path(inspect.getfile(civicsns)).read_text(encoding="utf-8"))
    (guarded,) = (
        node
        for node in tree.body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    )
    return {
        alias.name: node.module or ""
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_all_is_sorted():
    """
    The public names are listed in order, each once.
    """
    assert sorted(set(civicsns.__all__)) == civicsns.__all__


def test_all_is_what_the_module_exposes():
    """
    `__all__` names what can be loaded from `civicsns`, and nothing else is loaded lazily.
    """
    assert {*civicsns._HOMES, "__version__"} == set(civicsns.__all__)


def test_type_checkers_see_what_runs():
    """
    The names that type checkers see are those that are loaded at run time, from the same modules.
    """
    assert imported_for_type_checkers() == civicsns._HOMES


@pytest.mark.parametrize("name", [name for name in civicsns.__all__ if name != "__version__"])
def test_a_public_name_is_the_thing_itself(name):
    """
    A public name is the object of its module, has that name, and is documented.
    """
    value = getattr(civicsns, name)

    assert name == value.__name__
    assert inspect.getdoc(value)


def test_dir_lists_public_names():
    """
    Completion in an editor or a shell offers all public names, loaded or not.
    """
    assert set(civicsns.__all__) <= set(dir(civicsns))


def test_version_is_that_of_the_installed_package():
    """
    `__version__` comes from the package's metadata.
    """
    assert version("civicsns") == civicsns.__version__


def test_an_unknown_name_is_an_attribute_error():
    """
    A wrong name is refused as Python refuses it anywhere.
    """
    with pytest.raises(AttributeError, match="module 'civicsns' has no attribute 'Programme'"):
        _ = civicsns.Programme  # type: ignore[attr-defined]


def test_import_loads_nothing_heavy():
    """
    `import civicsns` loads no SDK, no HTTP client, no regular expressions of a third party, no console.
    """
    assert set() == HEAVY & loaded_by("import civicsns")


def test_errors_are_caught_without_loading_an_sdk():
    """
    Who only catches civicsns' errors, or makes a draft, pays for neither SDK.
    """
    assert set() == SDKS & loaded_by(
        "from civicsns import CivicsnsError, Draft; Draft(author='1', text='', accounts=())"
    )


def test_pure_modules_load_no_sdk():
    """
    The modules that decide know no SDK, no socket, no database and no logger, at run time either.
    """
    pure = "civicsns.config civicsns.model civicsns.ports civicsns.policy.verdict civicsns.policy.pack "
    pure += "civicsns.posting.outcome civicsns.posting.readback civicsns.accounts.roster civicsns.text"

    assert set() == SDKS & loaded_by("import " + ", ".join(pure.split()))
