"""
npm's twitter-text 3.1.0 as an oracle: install it into a cache, and ask it about texts.

`python tools/twitter_text_oracle.py` installs it (once) and prints where.
The tests marked `node`, the benchmark and the table maker use `Oracle`.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = "3.1.0"
_KINDS = {"url": "url", "screenName": "mention", "hashtag": "hashtag", "cashtag": "cashtag"}
_SCRIPT = Path(__file__).with_name("twitter_text_oracle.cjs")


class OracleMissing(RuntimeError):  # noqa: N818 -- it says what is so
    """Node.js or npm is not on the path, or npm could not install twitter-text."""


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "civicsns" / f"twitter-text-{VERSION}"


def install() -> Path:
    """Install twitter-text into the user's cache unless it is there, and give the directory."""
    home = _cache()
    if (home / "node_modules" / "twitter-text" / "package.json").is_file():
        return home
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise OracleMissing("Node.js with npm is needed for the comparison with npm's twitter-text.")
    home.parent.mkdir(parents=True, exist_ok=True)
    # Built beside and moved in whole, so that two test workers or a broken download leave no half of it.
    with tempfile.TemporaryDirectory(dir=home.parent) as work:
        target = Path(work) / "install"
        target.mkdir()
        (target / "package.json").write_text('{"private": true}', encoding="utf-8")
        command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", f"twitter-text@{VERSION}"]
        done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise OracleMissing(f"npm install failed: {done.stderr[-500:]}")
        try:
            target.rename(home)
        except OSError:
            if not home.is_dir():
                raise
    return home


class Oracle:
    """
    One Node.js process that answers questions; use it in a `with` block.

    Raises:
        OracleMissing: Node.js, npm or the package could not be had.
    """

    def __init__(self) -> None:
        home = install()
        node = shutil.which("node")
        if node is None:
            raise OracleMissing("Node.js is not on the path.")
        self._process = subprocess.Popen(
            [node, str(_SCRIPT)],
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            bufsize=1,
        )

    def ask(self, call: str, **given: object) -> Any:
        """Ask one question; an exception inside twitter-text comes back as `RuntimeError`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # ASCII escapes carry lone surrogates through the pipe in both directions.
        self._process.stdin.write(json.dumps({"call": call, **given}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


def answer_in_code_points(text: str, answer: dict[str, Any]) -> dict[str, Any]:
    """
    Turn the answer to `parse` into what civicsns would say: spans in code points of *text* instead of UTF-16 units.

    Returns:
        `weight`, `valid` and `permillage`, and lists of `[value, start, end]` under `urls`, `hashtags`, `mentions`
        (lists among them, as `name/list`), `cashtags` and `entities` (whose value is their kind).
    """
    units = itertools.accumulate((1 + (character > "\uffff") for character in text), initial=0)
    point = {unit: position for position, unit in enumerate(units)}

    def spans(name: str, value: Callable[[dict[str, Any]], str]) -> list[list[object]]:
        return [[joined(value(found)), *(point[index] for index in found["indices"])] for found in answer[name]]

    return {
        "weight": answer["parsed"]["weightedLength"],
        "valid": answer["parsed"]["valid"],
        "permillage": answer["parsed"]["permillage"],
        "urls": spans("urls", lambda found: str(found["url"])),
        "hashtags": spans("hashtags", lambda found: str(found["hashtag"])),
        "mentions": spans("mentionsOrLists", lambda found: str(found["screenName"] + found["listSlug"])),
        "cashtags": spans("cashtags", lambda found: str(found["cashtag"])),
        "entities": spans("entities", lambda found: next(kind for key, kind in _KINDS.items() if key in found)),
    }


def joined(value: str) -> str:
    """Join halves of surrogate pairs."""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


if __name__ == "__main__":
    print(install())
