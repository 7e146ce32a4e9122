"""Runs the tests, or those of the modules that are named, and says how many have passed.

python -m tests [MODULE ...]
"""

import sys
import unittest
from pathlib import Path


class Counting(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.passed += 1


modules = sys.argv[1:] or sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
suite = unittest.defaultTestLoader.loadTestsFromNames([f"tests.{module}" for module in modules])
result = unittest.TextTestRunner(resultclass=Counting, buffer=True).run(suite)  # type: ignore[arg-type]
assert isinstance(result, Counting)
failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
for test, why in result.skipped:
    print(f"skipped: {test}: {why}")
skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
print(f"{result.passed} passed, {failed} failed{skipped}")
sys.exit(1 if failed or not result.passed else 0)
