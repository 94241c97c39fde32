"""The example of a third-party adapter is not installed; its modules, and ours here, are found where they stand."""

from __future__ import annotations

import sys
from pathlib import Path

_EXAMPLE = Path(__file__).parents[2] / "examples" / "third_party_adapter"
sys.path[:0] = [str(_EXAMPLE), str(_EXAMPLE / "tests"), str(Path(__file__).parent)]
