"""Tests that prove scenarios, the record of those that passed, and the gateway that they run against."""

import json
import os
import pathlib
import re
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SCENARIOS = json.loads((HERE / "scenarios.json").read_text())


class Record:
    """What passed on a platform: `name`, `version`, `on` what else matters, `file` the record's name."""

    def __init__(self, *, name, version, on, file, not_applicable=None):
        self.facts = {"name": name, "version": version, "on": on, "isReal": True}
        self.file = file
        self.not_applicable = not_applicable or {}
        self.passed = set()
        self.failed = set()

    def write(self):
        folder = os.environ.get("SCENARIO_RECORDS")
        if not folder:
            return
        record = {
            **self.facts,
            "passed": sorted(self.passed - self.failed),
            "notApplicable": {str(number): why for number, why in self.not_applicable.items()},
        }
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        pathlib.Path(folder, f"{self.file}.json").write_text(text)


class Scenarios(unittest.TestCase):
    """Its methods are called by the scenarios that they prove: `test_12_13_another_total`."""

    record = None

    def run(self, result=None):
        result = result or self.defaultTestResult()
        faults = len(result.failures) + len(result.errors) + len(result.skipped)
        super().run(result)
        are_new = len(result.failures) + len(result.errors) + len(result.skipped) > faults
        prefix = re.match(r"test((?:_\d+)+)_", self._testMethodName)
        for number in map(int, prefix[1].strip("_").split("_")) if prefix else ():
            assert 1 <= number <= len(SCENARIOS), self._testMethodName
            (self.record.failed if are_new else self.record.passed).add(number)
        return result


class Gateway:
    """A gateway on a simulated chain. README.md has what its calls take and return."""

    def __init__(self):
        node = os.environ.get("NODE", "node")
        self._program = subprocess.Popen(
            [node, str(HERE / "driver.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        kit = json.loads(self._program.stdout.readline())
        self.url, self.key, self.secret = kit["gateway"], kit["api_key"], kit["api_secret"]
        self._control = kit["control"]
        self._reader = threading.Thread(target=self._program.stdout.read, daemon=True)
        self._reader.start()

    def close(self):
        self._program.stdin.close()
        self._program.wait(timeout=30)
        self._reader.join()
        self._program.stdout.close()

    def shop(self, url):
        self._call("shop", url=url)

    def way(self, **way):
        self._call("way", **way)

    def told(self):
        return self._call("told")

    def pay(self, payment_id, **how):
        return self._call("pay", payment_id=str(payment_id), **how)

    def expire(self, payment_id):
        self._call("expire", payment_id=str(payment_id))

    def _call(self, name, **given):
        request = urllib.request.Request(f"{self._control}/{name}", json.dumps(given).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)) from None
