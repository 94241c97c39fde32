"""
Shortcuts planted in the product itself, one by one: each is a patch of its source, and names the test that finds it.

`make mutants` plants each in a copy of the package and runs its test, which must fail there and pass without it.
(`tools/ledger_mutants.py` plants shortcuts in the model; here real processes meet the practice networks.)
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "civicsns"
_MATRIX = "tests/crash/test_matrix.py::test_a_process_that_is_halted_on_the_way"
_SCENARIOS = "tests/crash/test_scenarios.py"
#: pytest's code for "some tests failed"; a wrong name or a broken suite has others.
_FAILED = 1


@attrs.frozen(kw_only=True)
class Mutant:
    """
    One shortcut.

    Attributes:
        name: What it does wrong.
        file: Where, below the package.
        old: What stands there, once.
        new: What stands there instead.
        test: The test that finds it.
    """

    name: str
    file: str
    old: str
    new: str
    test: str

    def planted(self) -> str:
        """
        Give the source with the shortcut in it.

        Raises:
            ValueError: If what it replaces does not stand there exactly once.
        """
        source = (PACKAGE / self.file).read_text(encoding="utf-8")
        if source.count(self.old) != 1:
            msg = f"{self.name}: {self.file} has {source.count(self.old)} times: {self.old!r}"
            raise ValueError(msg)
        return source.replace(self.old, self.new)


def _cell(name: str) -> str:
    return f"{_MATRIX}[{name}-sqlite-inline]"


#: A process that was killed on the way leaves an attempt of which nobody reports the end.
_KILLED = _cell("killed-send.sent-well-x")
#: A process that uses up every bound before it is killed, and a network that does too.
_AT_THE_EDGE = _cell("killed-send.sent-late-x")

MUTANTS = (
    Mutant(
        name="an expired attempt is sent again",
        file="posting/readback.py",
        old="""    return successor(
        delivery,
        state=DeliveryState.UNKNOWN,
        unclear=delivery.unclear + 1,
        not_before=double.first_look(delivery, now=now, limits=limits, bounds=bounds),
        failure=Failure(""",
        new="""    return successor(
        delivery,
        state=DeliveryState.PENDING,
        unclear=delivery.unclear + 1,
        not_before=double.first_look(delivery, now=now, limits=limits, bounds=bounds),
        failure=Failure(""",
        test=_KILLED,
    ),
    Mutant(
        name="the network's own delay is not waited for",
        file="posting/bounds.py",
        old=" + limits.network_delay",
        new="",
        test=_AT_THE_EDGE,
    ),
    Mutant(
        name="the list's lag is not waited for",
        file="posting/bounds.py",
        old="return self.acted(intent_at, limits) + limits.read_back_lag",
        new="return self.acted(intent_at, limits)",
        test=_AT_THE_EDGE,
    ),
    Mutant(
        name="the longest pause is left out",
        file="posting/bounds.py",
        old="self.start_deadline + self.longest_pause + limits",
        new="self.start_deadline + limits",
        test=_AT_THE_EDGE,
    ),
    Mutant(
        name="the start deadline is left out",
        file="posting/bounds.py",
        old="intent_at + self.start_deadline + self.longest_pause + limits",
        new="intent_at + self.longest_pause + limits",
        test=_AT_THE_EDGE,
    ),
    Mutant(
        name="a second post is risked although nobody chose it",
        file="posting/double.py",
        old="if not delivery.prefer_duplicate or delivery.intent_at is None or enough",
        new="if delivery.intent_at is None or enough",
        test="tests/program/test_double.py::test_nobody_else_s_emergency_is_there_twice",
    ),
    Mutant(
        name="that there may be two posts is not written down",
        file="posting/double.py",
        old="risked=delivery.risked + 1",
        new="risked=delivery.risked",
        test="tests/posting/test_double.py::test_that_it_may_be_there_twice_is_kept",
    ),
    Mutant(
        name="a post is taken that is another delivery's",
        file="attribution.py",
        old="    others: set[str] = set()\n",
        new="    return look(frozenset())\n    others: set[str] = set()\n",
        test="tests/program/test_attribution.py::test_what_did_not_go_out_is_not_found_in_an_earlier_post",
    ),
    Mutant(
        name="the clocks' difference is left out",
        file="posting/bounds.py",
        old=" + self.clock_skew",
        new="",
        test=_AT_THE_EDGE,
    ),
    Mutant(
        name="nobody looks at the deadline before sending",
        file="dispatch/__init__.py",
        old="if self._clock.elapsed() - begun > self._bounds.start_deadline.total_seconds():",
        new="if begun < 0:",
        test=_cell("stopped-intent.after-well-x"),
    ),
    Mutant(
        name="a 5xx counts as not sent",
        file="adapters/x/answers.py",
        old="reason=reason if changes else None, how=words.UNEXPECTED, status=answer.status)\n    unclear",
        new="reason=None, how=words.UNEXPECTED, status=answer.status)\n    unclear",
        test=_cell("killed-end.after-server_error-x"),
    ),
    Mutant(
        name="a 5xx of Facebook counts as not sent",
        file="adapters/facebook/answers.py",
        old="reason=_reason(answer, error) if changes else None",
        new="reason=None",
        test=_cell("killed-end.after-html_503-facebook"),
    ),
    Mutant(
        name="a time-out counts as not sent",
        file="adapters/transport.py",
        old="(requests.exceptions.Timeout, UnknownReason.TIMEOUT, _SILENT)",
        new="(requests.exceptions.Timeout, None, _SILENT)",
        test=_cell("killed-end.after-timeout-x"),
    ),
    Mutant(
        name="a connection that broke counts as not sent",
        file="adapters/transport.py",
        old="(requests.exceptions.ConnectionError, UnknownReason.CONNECTION_LOST, _LOST)",
        new="(requests.exceptions.ConnectionError, None, _LOST)",
        test=_cell("killed-end.after-reset-x"),
    ),
    Mutant(
        name="the HTTP library repeats by itself",
        file="adapters/transport.py",
        old="super().__init__(max_retries=0)",
        new="super().__init__(max_retries=__import__('urllib3').Retry(2, allowed_methods=None))",
        test=_cell("killed-end.after-reset-x"),
    ),
    Mutant(
        name="a refusal as a duplicate counts as success",
        file="dispatch/__init__.py",
        old="        except Outcome as outcome:\n            return outcome\n",
        new="""        except Outcome as outcome:
            if getattr(outcome, "reason", None) is UnknownReason.DUPLICATE:
                account = intent.rendition.account
                return Receipt(platform=adapter.platform, account=account, post_id="1", at=self._clock.now())
            return outcome
""",
        test=f"{_SCENARIOS}::test_somebody_elses_same_words",
    ),
    Mutant(
        name="anybody's post of these words counts as ours",
        file="adapters/x/readback.py",
        old="if app_name and isinstance(source, str) and source and source != app_name:",
        new="if not source and app_name == source:",
        test=f"{_SCENARIOS}::test_somebody_elses_same_words",
    ),
    Mutant(
        name="a list with gaps counts as whole",
        file="adapters/facebook/settings.py",
        old="read_back=ReadBack.WEAK",
        new="read_back=ReadBack.STRONG",
        test=f"{_SCENARIOS}::test_a_list_with_gaps",
    ),
    Mutant(
        name="what waits for a person is shown to nobody",
        file="store/sql/deliveries.py",
        old="_READ.where(undecided | (_deliveries.state == DeliveryState.HELD))",
        new="_READ.where(undecided & (_deliveries.state == DeliveryState.HELD))",
        test=_cell("killed-send.half-well-facebook"),
    ),
    Mutant(
        name="absence counts from when the list arrived, not from when it was asked for",
        file="dispatch/__init__.py",
        old="return readback.read_back(delivery, found, now=asked,",
        new="return readback.read_back(delivery, found, now=self._clock.now(),",
        test=f"{_SCENARIOS}::test_a_list_that_was_asked_for_too_early",
    ),
    Mutant(
        name="the intent is written down after sending",
        file="dispatch/__init__.py",
        old="        if intent is None or not self._kept_unless_held(delivery, intent):\n",
        new="""        adapter.publish(delivery.rendition, credential)
        if intent is None or not self._kept_unless_held(delivery, intent):
""",
        test=_KILLED,
    ),
    Mutant(
        name="the intent replaces whatever is stored",
        file="store/sql/steps.py",
        old="WHERE id = :old_id AND version = :old_version",
        new="WHERE id = :old_id AND :old_version IS NOT NULL",
        test=_cell("stopped-intent.before-well-x"),
    ),
    Mutant(
        name="whoever loses the race for the intent sends all the same",
        file="dispatch/__init__.py",
        old="""            if not self._kept(delivery, intent):
                return None, self._store.get(delivery.id).not_before
""",
        new="            self._kept(delivery, intent)\n",
        test=_cell("stopped-intent.before-well-x"),
    ),
    Mutant(
        name="an end that could not be kept is taken for not sent",
        file="dispatch/__init__.py",
        old="            raise EndNotKept(\n",
        new="            raise Unavailable(\n",
        test="tests/program/test_durable.py::test_an_end_that_could_not_be_kept",
    ),
    Mutant(
        name="a part of a thread does not wait for the part before it",
        file="dispatch/__init__.py",
        old="if delivery.follows is not None and delivery.rendition.reply_to is None:\n            return self._follow",
        new="if delivery.follows is None and delivery.rendition.reply_to is None and not delivery.id:\n            return self._follow",
        test=_cell("killed-answering.after-well-x"),
    ),
    Mutant(
        name="a fresh token is used before it is kept",
        file="vault/refreshing.py",
        old="            return self._vault.succeed(unkept.account, unkept.old, unkept.fresh)\n",
        new="            return True\n",
        test=_cell("killed-end.after-well-x").replace("end.after", "vault.after"),
    ),
    Mutant(
        name="uploads are not kept before the post",
        file="posting/outcome.py",
        old="return successor(delivery, rendition=rendition, not_before=max([now, *ready]))",
        new="return successor(delivery, not_before=max([now, *ready]))",
        test=_cell("killed-uploaded.after-well-x"),
    ),
)


def run(mutant: Mutant | None, *tests: str, work: Path) -> int:
    """Run *tests* on a copy of the package with *mutant* in it, and give pytest's exit code."""
    copy = work / "src"
    shutil.copytree(PACKAGE, copy / "civicsns", ignore=shutil.ignore_patterns("__pycache__"))
    if mutant is not None:
        (copy / "civicsns" / mutant.file).write_text(mutant.planted(), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(copy), "CIVICSNS_CRASH": "all"}
    # That the copy is what runs is no matter of course: the package is installed as well.
    where = [sys.executable, "-c", "import civicsns; print(civicsns.__file__)"]
    found = subprocess.run(where, env=environment, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert Path(found.stdout.strip()).is_relative_to(copy), found.stdout
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--basetemp", str(work / "tmp"), *tests]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    (work / "output").write_text(done.stdout + done.stderr, encoding="utf-8")
    return done.returncode


def main() -> int:
    """Plant every shortcut, and tell which were found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only shortcuts whose names contain one of these")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    chosen = [one for one in MUTANTS if not options.words or any(word in one.name for word in options.words)]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="civicsns-mutants-") as folder:
        whole = Path(folder) / "whole"
        whole.mkdir()
        if run(None, *dict.fromkeys(one.test for one in chosen), work=whole):
            print((whole / "output").read_text(encoding="utf-8"))
            print("The tests fail without any shortcut; nothing can be told.")
            return 1

        def tried(numbered: tuple[int, Mutant]) -> bool:
            number, mutant = numbered
            work = Path(folder) / str(number)
            work.mkdir()
            code = run(mutant, mutant.test, work=work)
            said = (work / "output").read_text(encoding="utf-8")
            # A test that cannot even begin has found nothing.
            found = code == _FAILED and "ERROR" not in said
            why = next((line[1:].strip() for line in said.splitlines() if line.startswith("E ")), said)
            print(f"{'found ' if found else 'MISSED'}  {mutant.name}\n          {why[:150]}", flush=True)
            return found

        with ThreadPoolExecutor(options.processes) as pool:
            found = sum(pool.map(tried, enumerate(chosen)))
    print(f"{found} of {len(chosen)} found, in {time.monotonic() - began:.0f} s")
    return 0 if found == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
