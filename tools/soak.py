"""
Many posts, several processes, two databases; faults, deaths and clocks at random: does the ledger keep its promise?

`make soak` runs it; a finding is told with its evidence and the seed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests" / "crash"))

from crash_soak import Soak
from crash_world import scratch


def main() -> int:
    """Run a soak, and tell how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=10_000, help="how many, on both databases together")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--minutes", type=float, default=30.0, help="how long at most")
    parser.add_argument("--processes", type=int, default=2, help="how many on each database")
    options = parser.parse_args()
    print(f"--seed {options.seed}", flush=True)
    began = time.monotonic()
    with scratch() as folder:
        outcome = Soak(
            folder,
            deliveries=options.deliveries,
            seed=options.seed,
            seconds=60 * options.minutes,
            processes=options.processes,
        ).run()
    for name, count in outcome.figures.items():
        print(f"{count:>8,}  {name}")
    print(f"{time.monotonic() - began:>8,.0f}  seconds")
    for finding in outcome.findings:
        print(f"\n{finding.what}\n{finding.evidence}")
    print(f"\n{len(outcome.findings)} findings (--seed {options.seed})")
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
