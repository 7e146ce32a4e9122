"""The tests of the client. `python -m tests` runs them all, from the folder above."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))
