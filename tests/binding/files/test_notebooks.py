"""Notebooks: code cells one after the other, without magics, each line with its cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gdverify.binding.files.loading import Loaded, load
from gdverify.binding.finding.discovery import discover
from gdverify.errors import UsageError
from gdverify.loading import LoadError
from tests.zoo.table import FILES


def written(folder: Path, *cells: str, **metadata: Any) -> str:
    path = folder / "net.ipynb"
    content = [{"cell_type": "markdown", "source": ["# Title"]}]
    content += [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    path.write_text(json.dumps({"cells": content, "metadata": metadata, "nbformat": 4}), encoding="utf-8")
    return str(path)


def notebook(folder: Path, *cells: str) -> Loaded:
    return load(written(folder, *cells))


def test_the_cells_share_one_namespace(tmp_path: Path) -> None:
    found = notebook(tmp_path, "import numpy as np\nn = 3", "def f():\n    return np.ones(n)")
    assert list(found.module.f()) == [1, 1, 1]


@pytest.mark.parametrize(
    "magic",
    ["%matplotlib inline", "!pip install x", "?f", "f?", "np.ones??", "files = !ls", "t = %timeit -o f()", "%%time"],
)
def test_magics_and_shell_lines_are_dropped_and_the_rest_of_the_cell_stays(magic: str, tmp_path: Path) -> None:
    found = notebook(tmp_path, f"{magic}\nx = 1")
    assert found.module.x == 1
    assert [(one.name, one.line, one.why) for one in found.skipped] == [(magic, 1, "a magic or shell line")]


def test_a_magic_in_a_block_leaves_the_block_whole(tmp_path: Path) -> None:
    assert notebook(tmp_path, "def f():\n    %timeit g()\nx = 2").module.x == 2


def test_a_shell_line_goes_on_after_a_backslash(tmp_path: Path) -> None:
    assert notebook(tmp_path, "!wget \\\n  http://nowhere\nx = 2").module.x == 2


def test_a_line_that_begins_with_percent_may_be_the_rest_of_an_expression(tmp_path: Path) -> None:
    assert notebook(tmp_path, "x = (7\n%3)\ny = '''\n!ls\n'''").module.x == 1


@pytest.mark.parametrize("cell", ["%%bash\nls -l", "this is no Python\nat all", "%%html\n<b>x</b>"])
def test_a_cell_that_is_not_python_is_left_out_as_a_whole(cell: str, tmp_path: Path) -> None:
    found = notebook(tmp_path, "a = 1", cell, "b = 2")
    assert (found.module.a, found.module.b) == (1, 2)
    assert [(one.name, one.line, one.why) for one in found.skipped] == [
        (cell.splitlines()[0], 2, "a cell that is not Python")
    ]


def test_a_line_is_placed_in_its_cell(tmp_path: Path) -> None:
    found = notebook(tmp_path, "a = 1\n", "\nclass Layer:\n    def forward(self, x): raise NotImplementedError\n")
    assert found.source is not None
    assert found.source.place(3) == f"{tmp_path / 'net.ipynb'}, code cell 2, line 2"
    assert "skipped  Layer  code cell 2, line 2: abstract: forward is left to subclasses" in list(
        discover(found).lines()
    )
    with pytest.raises(UsageError, match=r"code cell 2, line 2\)"):
        discover(found, "Layer")


def test_tracebacks_show_the_line(tmp_path: Path) -> None:
    import traceback

    found = notebook(tmp_path, "%time\ndef f():\n    return 1 / 0")
    with pytest.raises(ZeroDivisionError) as caught:
        found.module.f()
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (frame.lineno, frame.line) == (3, "return 1 / 0")


REFUSED = {
    "{": "is not a notebook of format 4",
    "[]": "is not a notebook of format 4",
    '{"worksheets": []}': r"is not a notebook of format 4 \(KeyError: 'cells'\); expected JSON with cells",
    '{"cells": [], "metadata": {"kernelspec": {"language": "julia"}}}': "is a notebook in julia; expected",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_python_notebook_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "net.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LoadError, match=REFUSED[text]):
        load(str(path))


def test_the_notebook_of_the_zoo_is_loaded_for_its_class_alone() -> None:
    found = load(str(FILES / "line.ipynb"))
    assert {"Line", "np", "x", "y"} <= set(vars(found.module))
    assert "model" not in vars(found.module)
