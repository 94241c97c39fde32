from __future__ import annotations

import sys
from pathlib import Path

# The tests, `make soak` and `make mutants` share their machinery.
sys.path.append(str(Path(__file__).parent))
