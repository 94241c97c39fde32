"""
How long importing civicsns takes, above an interpreter that imports nothing.

`python benchmarks/imports.py` runs each line of code in fresh interpreters, in turn with one that does nothing, and
prints the medians in milliseconds. The first round warms the caches of the file system and is thrown away.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
LINES = (
    "import civicsns",
    "from civicsns import Draft",
    "from civicsns import Draft, Program",
    "from civicsns.adapters.x import XAdapter",
    "from civicsns.adapters.facebook import FacebookAdapter",
    "from civicsns.testing.sandbox import Sandbox",
    "import civicsns.cli",
)


def once(code: str) -> float:
    """Give the time that a fresh interpreter takes for *code*, in milliseconds."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure, and print a table."""
    times: dict[str, list[float]] = {code: [] for code in ("pass", *LINES)}
    for _ in range(ROUNDS + 1):
        for code, measured in times.items():
            measured.append(once(code))
    bare = statistics.median(times["pass"][1:])
    print(f"Python {sys.version.split()[0]}, {ROUNDS} rounds; bare interpreter {bare:.0f} ms")
    for code in LINES:
        measured = times[code][1:]
        print(f"{statistics.median(measured) - bare:7.1f} ms above it, best {min(measured) - bare:6.1f}   {code}")


if __name__ == "__main__":
    main()
