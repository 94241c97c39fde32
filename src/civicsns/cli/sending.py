"""What the command line says where a post that was to go out has not: what stands in its way, or that it was stopped."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from civicsns.cli import report
from civicsns.cli.misuse import Stopped
from civicsns.errors import NotPermitted
from civicsns.language import Bilingual
from civicsns.model import Severity

if TYPE_CHECKING:
    from collections.abc import Generator

    from civicsns.model import Draft
    from civicsns.program import Program

_DECIDE = Bilingual(
    "確認したうえで出すなら、--reason に理由を書いてください。",
    "To let it go out all the same, having looked, give the reason with --reason.",
)
_WAIVE = Bilingual(
    "例外承認は --waive 規範 --waived-by 職員番号 --reason 理由 で記録します。",
    "A waiver is given with --waive CODE --waived-by NUMBER --reason WHY.",
)
_STOPPED = Bilingual(
    "中止しました。すでに送ったかもしれません。送り直さず、civicsns dispatch に任せてください。読み返して確かめます。",
    "Stopped. It may have gone out. Do not send it again: civicsns dispatch reads the network back.",
)


@contextmanager
def sending(program: Program, draft: Draft) -> Generator[None]:
    """
    Show what the conduct rules found where they do not let *draft* pass, and what to say where it was interrupted.

    Raises:
        NotPermitted: As it was raised.
        Stopped: If somebody has interrupted it.
    """
    try:
        yield
    except NotPermitted as refusal:
        if refusal.place == "text":
            _show(program, draft)
        raise
    except KeyboardInterrupt:
        raise Stopped(_STOPPED) from None


def _show(program: Program, draft: Draft) -> None:
    console = report.console(stderr=True)
    verdict = program.check(draft)
    report.verdict(console, verdict, draft, program.pack)
    blocking = [finding for finding in verdict.findings if finding.severity is Severity.BLOCK]
    if all(finding.waivable for finding in blocking):
        way = _WAIVE if blocking else _DECIDE
        console.print(f"{way.ja}\n{way.en}\n", markup=False, soft_wrap=True)
