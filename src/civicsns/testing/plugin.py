"""
Fixtures for pytest, present wherever civicsns is installed.

`civicsns_sandbox`
    The practice networks, started, each test its own.

`practice_clock`
    A clock that stands still until the test moves it.
    A test that asks for both fixtures has practice networks that run on that clock.

pytest reads this module in every project that has civicsns installed, so it imports nothing at its start that
a project without these fixtures would pay for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.testing.clock import PracticeClock
    from civicsns.testing.sandbox import Sandbox

# So that a failed check of the contract kit shows the values it compared, in whatever way civicsns is installed.
pytest.register_assert_rewrite(
    "civicsns.testing.contract", "civicsns.testing.store_contract", "civicsns.testing.engine_contract"
)

#: The packages of the extra `sandbox` that the practice networks import.
_EXTRA = frozenset({"cheroot", "werkzeug", "jinja2", "oauthlib"})


@pytest.fixture
def practice_clock() -> PracticeClock:
    """A clock that stands still until the test moves it; it begins on 1 April 2026, 09:00 in Japan."""
    from civicsns.testing.clock import PracticeClock  # noqa: PLC0415 -- see the module's docstring

    return PracticeClock()


@pytest.fixture
def civicsns_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The practice X, the practice Facebook and the page to look at, started on free ports, for one test."""
    clock: PracticeClock | None = (
        request.getfixturevalue("practice_clock") if "practice_clock" in request.fixturenames else None
    )
    with _sandbox_class()(clock=clock) as sandbox:
        yield sandbox


def _sandbox_class() -> type[Sandbox]:
    """
    Import the practice networks.

    Raises:
        ConfigurationError: If the extra `sandbox` is not installed.
    """
    try:
        from civicsns.testing.sandbox import Sandbox  # noqa: PLC0415 -- see the module's docstring
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRA:
            raise
        from civicsns.errors import ConfigurationError  # noqa: PLC0415 -- only where it is raised
        from civicsns.language import Bilingual  # noqa: PLC0415 -- same

        raise ConfigurationError(
            Bilingual(
                f"練習用ネットワークに必要なパッケージ {package} がありません。",
                f"The practice networks need the package {package}, which is not installed.",
            ),
            mend=Bilingual(
                'pip install "civicsns[sandbox]" を実行してください。', 'Run: pip install "civicsns[sandbox]"'
            ),
            place="civicsns_sandbox",
        ) from error
    return Sandbox
