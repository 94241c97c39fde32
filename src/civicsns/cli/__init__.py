"""
The command line: `civicsns check`, `publish`, `correct`, `dispatch`, `health`, `ledger`, `hold`, and the others.

Only this package and the scripts in `examples/` print or exit.
"""

from __future__ import annotations

import sys

import click

from civicsns.cli.accounts import accounts
from civicsns.cli.audit import audit
from civicsns.cli.budget import budget
from civicsns.cli.check import check
from civicsns.cli.correct import correct
from civicsns.cli.disaster import disaster
from civicsns.cli.dispatch import dispatch
from civicsns.cli.enrol import enrol
from civicsns.cli.enrol_serve import overview, serve
from civicsns.cli.health import health
from civicsns.cli.hold import hold
from civicsns.cli.ledger import ledger
from civicsns.cli.mine import mine
from civicsns.cli.misuse import Bilingually
from civicsns.cli.policy import policy
from civicsns.cli.publish import publish
from civicsns.cli.rules import rules
from civicsns.cli.sandbox import sandbox
from civicsns.cli.store import store
from civicsns.cli.tidy import tidy
from civicsns.cli.vault import vault
from civicsns.errors import CivicsnsError
from civicsns.language import Language


@click.group(cls=Bilingually, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="civicsns")
def cli() -> None:
    """
    自治体のSNS運用: 規範の確認、投稿、予約、訂正、停止、取下げ、監視、証跡の検証、練習。

    Run a municipality's social-media programme: check posts, publish and schedule them, correct, hold, withdraw and
    delete them, see what is stuck and what is left of the budgets, audit the records, and practise.
    """


enrol.add_command(serve)
enrol.add_command(overview)
for _command in (
    accounts,
    audit,
    budget,
    check,
    correct,
    disaster,
    dispatch,
    enrol,
    health,
    hold,
    ledger,
    mine,
    policy,
    publish,
    rules,
    sandbox,
    store,
    tidy,
    vault,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line; an error of civicsns is shown in both languages, without a traceback."""
    try:
        cli(prog_name="civicsns")
    except CivicsnsError as error:
        click.echo(error.in_(Language.JA), err=True)
        click.echo(error.in_(Language.EN), err=True)
        sys.exit(1)
