"""The tools of the gate find what they are there to find."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tool(monkeypatch):
    """Load a script of `tools/` as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))

    def load(name):
        monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)

    return load


@pytest.fixture
def suite(tmp_path):
    """Run pytest on a small suite that has our conftest, and give its exit code and output."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  browser: x\n  node: x\n", encoding="utf-8")

    def run(source, *options, **environment):
        (tmp_path / "test_small.py").write_text(f"import pytest\n{source}\n", encoding="utf-8")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CIVICSNS_")}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
            cwd=tmp_path,
            env={**inherited, "PYTHONUTF8": "1", **environment},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout

    return run


PASSING = "def test_passes(): pass"


def test_a_missing_browser_is_said_last(suite):
    """
    Without a browser its tests are left out, and the last lines say so in both languages, with what to install.
    """
    code, output = suite(f"{PASSING}\n@pytest.mark.browser\ndef test_page(): pass", CHROMIUM="no-such-browser")
    *_, japanese, english = output.splitlines()

    assert 0 == code
    assert japanese.startswith("省いた試験（browser）: 1 件。")
    assert english.startswith("Tests left out (browser): 1. To include them, install Chromium")


def test_the_gate_leaves_nothing_owed_out(suite):
    """
    In the gate a browser that is missing does not excuse its tests: they run, and fail.
    """
    source = f"{PASSING}\n@pytest.mark.browser\ndef test_page(chromium): pass"
    code, output = suite(source, CHROMIUM="no-such-browser", CIVICSNS_NO_SKIPS="1")

    assert 1 == code
    assert "Tests left out" not in output


@pytest.mark.parametrize("workers", [(), ("--numprocesses", "2")], ids=["one process", "two processes"])
def test_a_test_that_does_not_run_fails_the_gate(suite, workers):
    """
    In the gate each test that is skipped, deselected or expected to fail is counted, and makes a failure.
    """
    source = f"""{PASSING}
def test_skips(): pytest.skip("no")
@pytest.mark.xfail
def test_fails(): assert False
def test_unwanted(): pass
"""
    code, output = suite(source, *workers, "-k", "not unwanted", CIVICSNS_NO_SKIPS="1")

    assert 1 == code
    assert "Tests that did not run: 3; here that is a failure." in output


def test_the_gate_may_do_without_what_is_not_ours(suite):
    """
    X's OpenAPI document is not ours to ship: the gate passes without it, and says that it was left out.
    """
    code, output = suite(f"{PASSING}\n@pytest.mark.openapi\ndef test_sent(): pass", CIVICSNS_NO_SKIPS="1")

    assert 0 == code
    assert "Tests left out (openapi): 1." in output


def test_no_python_that_fits_is_said_in_both_languages(tmp_path):
    """
    Where no Python fits, the set-up stops and says in both languages what to install, before it makes anything.
    """
    done = subprocess.run(
        [ROOT / "tools" / "environment.sh", tmp_path / "venv", "demo"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHON": "false"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert 1 == done.returncode
    assert "Python 3.11・3.12・3.13 のいずれも見つかりません。" in done.stderr
    assert "No Python 3.11, 3.12 or 3.13 was found." in done.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/a.css">',
        '<link rel="preconnect" href="https://fonts.example">',
        '<img src="http://pictures.example/a.png">',
    ],
)
def test_a_page_that_fetches_from_elsewhere_is_found(tool, tmp_path, page):
    """
    A script, a style sheet, a font or a picture from another machine fails the check of the site.
    """
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        tool("offline").main(tmp_path)

    assert "fetches" in str(stop.value)


def test_a_style_sheet_that_fetches_from_elsewhere_is_found(tool, tmp_path):
    """
    A font that a style sheet names on another machine fails the check of the site.
    """
    (tmp_path / "a.css").write_text("@font-face{src:url('https://fonts.example/a.woff2')}", encoding="utf-8")
    with pytest.raises(SystemExit):
        tool("offline").main(tmp_path)


def test_a_link_to_elsewhere_may_stay(tool, tmp_path):
    """
    What a reader may follow, and what lies on the site itself, is fine.
    """
    (tmp_path / "index.html").write_text('<a href="https://x.com">X</a><img src="a.png">', encoding="utf-8")
    tool("offline").main(tmp_path)


def test_an_empty_site_is_no_success(tool, tmp_path):
    """
    A site without pages does not pass for one without faults.
    """
    with pytest.raises(SystemExit):
        tool("offline").main(tmp_path)


@pytest.mark.parametrize("text", [None, "old\n"], ids=["missing", "stale"])
def test_a_page_that_differs_from_the_code_is_found(tool, tmp_path, monkeypatch, text):
    """
    A generated page that is missing or old fails the check, which names the command that mends it.
    """
    pages = tool("pages")
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["tool", "--check"])
    (tmp_path / "docs").mkdir()
    if text is not None:
        (tmp_path / "docs" / "a.md").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        pages.settle({"a.md": "new\n"}, made_by="make generate")

    assert "make generate" in str(stop.value)


def test_a_page_without_a_source_is_found(tool, tmp_path, monkeypatch):
    """
    A page of a module that is gone fails the check.
    """
    pages = tool("pages")
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["tool", "--check"])
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "gone.md").write_text("", encoding="utf-8")
    with pytest.raises(SystemExit):
        pages.settle({}, made_by="make generate", also="*.md")


def test_pages_that_agree_pass(tool, tmp_path, monkeypatch):
    """
    Written once, the pages pass the check.
    """
    pages = tool("pages")
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(sys, "argv", ["tool"])
    pages.settle({"sub/a.md": "new\n"}, made_by="make generate", also="sub/*.md")
    monkeypatch.setattr(sys, "argv", ["tool", "--check"])
    pages.settle({"sub/a.md": "new\n"}, made_by="make generate", also="sub/*.md")


def test_every_public_module_has_a_page(tool):
    """
    Each public module of the package has its page among the API pages.
    """
    modules = {name for name, _ in tool("reference").public_modules()}

    assert modules == {path.stem for path in (ROOT / "docs" / "reference").glob("civicsns*.md")}
