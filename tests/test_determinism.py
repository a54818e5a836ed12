"""Generated files are the same bytes on every machine: hash seeds, interpreters, order of definition."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import gdverify

KEPT = Path(__file__).parents[1] / "derivations"
PACKAGE = str(Path(gdverify.__file__).parents[1])
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
NEEDED = "import numpy, sympy, click, rich; assert sympy.__version__.startswith('1.14')"

pytestmark = pytest.mark.skipif(not KEPT.is_dir(), reason="the generated files are not part of an installation")

REVERSED = """
import importlib
from gdverify import catalogue
from gdverify.cli import main
from gdverify.derivation.steps import derive

for family in reversed(catalogue.OPERATION_FAMILIES):
    importlib.import_module(f"gdverify.operations.{family}")
for operation in reversed(catalogue.operations().values()):
    derive(operation).every_adjoint
for name, options in reversed(catalogue.DOCUMENTED.values()):
    derive(catalogue.find(name), **options).gradients
main(["derive"])
"""


@cache
def _interpreters() -> tuple[list[str], list[str]]:
    """Every Python that can be found, in GDVERIFY_PYTHONS too; first those that have the dependencies."""
    found = [sys.executable, *os.environ.get("GDVERIFY_PYTHONS", "").split(os.pathsep)]
    found += [shutil.which(f"python{version}") or "" for version in VERSIONS]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found += [str(path) for version in VERSIONS for path in sorted(pyenv.glob(f"versions/{version}*/bin/python3"))]
    candidates = [*dict.fromkeys(filter(None, found))]
    able = [python for python in candidates if _run(python, "-c", NEEDED).returncode == 0]
    return able, [python for python in candidates if python not in able]


def _run(python: str, *arguments: str, folder: Path | None = None, seed: str = "0") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": PACKAGE, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [python, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def _assert_same(folder: Path) -> None:
    made, kept = (
        {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
        for root in (folder, KEPT)
    )
    kept = {name: data for name, data in kept.items() if "__pycache__" not in name}
    assert made.keys() == kept.keys()
    assert not [name for name in made if made[name] != kept[name]], "update with: gdverify derive"


@pytest.mark.parametrize("seed", ["0", "1", "42", "4294967295"])
def test_hash_seeds(tmp_path: Path, seed: str) -> None:
    result = _run(sys.executable, "-m", "gdverify", "derive", folder=tmp_path, seed=seed)
    assert result.returncode == 0, result.stderr
    _assert_same(tmp_path / "derivations")


@pytest.mark.parametrize("seed", ["0", "7"])
def test_defined_and_derived_in_reversed_order(tmp_path: Path, seed: str) -> None:
    result = _run(sys.executable, "-c", REVERSED, folder=tmp_path, seed=seed)
    assert result.returncode == 0, result.stderr
    _assert_same(tmp_path / "derivations")


def test_interpreters(tmp_path: Path) -> None:
    able, unable = _interpreters()
    print("without the dependencies, so not tested:", ", ".join(unable) or "none")
    print("tested:", ", ".join(able))
    assert sys.executable in able
    for at, python in enumerate(able):
        folder = tmp_path / str(at)
        folder.mkdir()
        result = _run(python, "-m", "gdverify", "derive", folder=folder, seed=str(at))
        assert result.returncode == 0, f"{python}: {result.stderr}"
        _assert_same(folder / "derivations")
