from __future__ import annotations

import sys
from pathlib import Path

# The tests and `make model` share one model.
sys.path.append(str(Path(__file__).parents[2] / "tools"))
