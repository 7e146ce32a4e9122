"""What is published: the same bytes each time, whole, without dependencies, typed, for the oldest Python."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

import usdt_client

FOLDER = Path(__file__).parent.parent
ROOT = FOLDER.parent.parent
TIME = "1767225600"


def has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


@unittest.skipUnless(has("flit_core"), "flit_core is not installed")
class Packages(unittest.TestCase):
    def build(self, modified: int) -> Path:
        """The wheel and the sdist of a copy whose files have another age and other modes."""
        copy = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, copy)
        shutil.copytree(FOLDER, copy / "python", ignore=shutil.ignore_patterns("__pycache__", ".mypy_cache", ".venv", "dist"))
        for path in (copy / "python").rglob("*"):
            os.utime(path, (modified, modified))
            if path.is_file():
                path.chmod(0o600 if modified % 2 else 0o664)
        call = "import flit_core.buildapi as build; build.build_wheel('../out'); build.build_sdist('../out')"
        (copy / "out").mkdir()
        environment = {**os.environ, "SOURCE_DATE_EPOCH": TIME}
        subprocess.run([sys.executable, "-c", call], cwd=copy / "python", env=environment, check=True)
        return copy / "out"

    def test_the_same_bytes_each_time(self) -> None:
        one, other = self.build(1_600_000_000), self.build(1_700_000_001)
        names = sorted(path.name for path in one.iterdir())
        version = usdt_client.__version__
        self.assertEqual(names, [f"usdt_client-{version}-py3-none-any.whl", f"usdt_client-{version}.tar.gz"])
        for name in names:
            with self.subTest(name):
                self.assertEqual((one / name).read_bytes(), (other / name).read_bytes())

    def test_the_wheel_is_whole_and_works_alone(self) -> None:
        [wheel] = self.build(1_600_000_000).glob("*.whl")
        unpacked = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, unpacked)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked)
        source = FOLDER / "src" / "usdt_client"
        names = {path.name for path in source.iterdir() if path.is_file()}
        self.assertEqual({path.name for path in (unpacked / "usdt_client").iterdir()}, names)
        self.assertIn("py.typed", names)
        [info] = unpacked.glob("*.dist-info")
        metadata = (info / "METADATA").read_text("utf-8")
        self.assertIn("License-Expression: MIT OR Apache-2.0\n", metadata)
        self.assertIn("Requires-Python: >=3.9\n", metadata)
        self.assertNotIn("Requires-Dist", metadata)
        licences = sorted(path.name for path in info.rglob("LICENSE*"))
        self.assertEqual(licences, ["LICENSE-APACHE", "LICENSE-MIT"])
        program = f"import sys; sys.path.insert(0, {str(unpacked)!r}); import usdt_client; print(usdt_client.__file__)"
        said = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
        self.assertTrue(said.stdout.startswith(str(unpacked)))

    def test_the_sdist_holds_what_the_wheel_is_made_of(self) -> None:
        [sdist] = self.build(1_600_000_000).glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            names = {name.partition("/")[2] for name in archive.getnames()}
        self.assertLessEqual({"pyproject.toml", "README.md", "LICENSE-MIT", "src/usdt_client/py.typed"}, names)
        self.assertFalse([name for name in names if name.startswith("tests")])


class Source(unittest.TestCase):
    def test_one_version_everywhere(self) -> None:
        project = (FOLDER / "pyproject.toml").read_text("utf-8")
        self.assertIn(f'\nversion = "{usdt_client.__version__}"\n', project)

    def test_the_licences_are_those_of_the_whole(self) -> None:
        for name in ("LICENSE-APACHE", "LICENSE-MIT"):
            self.assertEqual((FOLDER / name).read_bytes(), (ROOT / name).read_bytes())

    def test_the_programs_of_the_readme_are_python(self) -> None:
        programs = re.findall("```python\n(.*?)```", (FOLDER / "README.md").read_text("utf-8"), re.DOTALL)
        self.assertGreater(len(programs), 5)
        for program in programs:
            compile(program, "README.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    def test_what_is_exported_is_there(self) -> None:
        self.assertEqual(usdt_client.__all__, sorted(usdt_client.__all__))
        for name in usdt_client.__all__:
            self.assertTrue(hasattr(usdt_client, name), name)

    @unittest.skipUnless(has("mypy") and sys.version_info >= (3, 10), "mypy is not installed")
    def test_types_are_strict(self) -> None:
        said = subprocess.run([sys.executable, "-m", "mypy"], cwd=FOLDER, capture_output=True, text=True)
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)

    @unittest.skipUnless(has("vermin"), "vermin is not installed")
    def test_the_oldest_python_has_all_that_is_used(self) -> None:
        command = [sys.executable, "-c", "import vermin; vermin.main()", "--target=3.9-", "--no-tips", "--quiet", "src"]
        said = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True)
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
