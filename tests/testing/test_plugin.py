from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.request import urlopen

if TYPE_CHECKING:
    from pathlib import Path

    from civicsns.testing.clock import PracticeClock
    from civicsns.testing.sandbox import Sandbox


def _python(code: str, *, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_plugin_brings_no_heavy_module_into_other_peoples_test_runs(tmp_path: Path) -> None:
    """
    Reading the plugin, as pytest does at its start, imports no server, no template engine and no SDK.
    """
    heavy = ("cheroot", "werkzeug", "jinja2", "oauthlib", "requests", "tweepy", "facebook", "attrs", "sqlalchemy")
    ran = _python(
        f"""
        import json, sys, pytest
        before = set(sys.modules)
        import civicsns.testing.plugin
        print(json.dumps([name for name in {heavy!r} if name in sys.modules and name not in before]))
        """,
        cwd=tmp_path,
    )

    assert [] == json.loads(ran.stdout), ran.stderr


def test_a_missing_extra_is_told_with_the_line_that_installs_it(tmp_path: Path) -> None:
    """
    Where cheroot is not installed, the fixture fails with the pip line, in both languages.
    """
    (tmp_path / "test_it.py").write_text("def test_it(civicsns_sandbox):\n    pass\n", encoding="utf-8")
    ran = _python(
        """
        import sys
        sys.modules["cheroot"] = None
        import pytest
        sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "test_it.py"]))
        """,
        cwd=tmp_path,
    )

    assert 1 == ran.returncode, ran.stderr
    assert "The practice networks need the package cheroot" in ran.stdout
    assert 'pip install "civicsns[sandbox]"' in ran.stdout


def test_any_other_missing_module_is_not_taken_for_a_missing_extra(tmp_path: Path) -> None:
    """
    A module that no extra brings leaves as it is, so that a broken installation is not sent after the wrong package.
    """
    (tmp_path / "test_it.py").write_text("def test_it(civicsns_sandbox):\n    pass\n", encoding="utf-8")
    ran = _python(
        """
        import sys
        sys.modules["civicsns.testing.sandbox.faults"] = None
        import pytest
        sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "test_it.py"]))
        """,
        cwd=tmp_path,
    )

    assert 1 == ran.returncode, ran.stderr
    assert "ModuleNotFoundError" in ran.stdout
    assert "civicsns[sandbox]" not in ran.stdout.split("short test summary")[-1]


def test_the_sandbox_fixture_has_three_servers_that_answer(civicsns_sandbox: Sandbox) -> None:
    """
    Both networks and the page are reachable by HTTP on their own ports.
    """
    urls = {civicsns_sandbox.x.url, civicsns_sandbox.graph.url, civicsns_sandbox.page.url}
    with urlopen(civicsns_sandbox.page.url, timeout=10) as answer:
        status = answer.status

    assert 3 == len(urls)
    assert 200 == status


def test_with_both_fixtures_the_networks_run_on_the_practice_clock(
    civicsns_sandbox: Sandbox, practice_clock: PracticeClock
) -> None:
    """
    A post made after the clock was advanced by a day is a day younger.
    """
    user = civicsns_sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    first = civicsns_sandbox.x.post_as(user, "一日目")
    practice_clock.advance(timedelta(days=1))
    second = civicsns_sandbox.x.post_as(user, "二日目")

    assert timedelta(days=1) == second.created_at - first.created_at
