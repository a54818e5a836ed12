"""Scripts: run as a whole with other values, away from the user's files, and what is said where that fails."""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gdverify
from gdverify.binding.hand.program import Script
from gdverify.errors import BindingError, UsageError
from gdverify.loading import LoadError

TEXT = '''\
"""A script."""
import os
import sys

import numpy as np
from no_such_package import plotting

data = np.loadtxt("data.csv")
x, y = data[:, 0], data[:, 1]
rate: float = 0.1
epochs = int(input("epochs? "))
w, b = np.random.randn(), 0.0
losses = []


def loss():
    return np.mean((w * x + b - y) ** 2)


for epoch in range(epochs):
    losses.append(loss())
    w = w - rate * 2 * np.mean((w * x + b - y) * x)

print("a line of output")
open("result.txt", "w").write("written")
plotting.show(losses)

if __name__ == "__main__":
    final = loss()
'''
READS = {"data": np.array([[1.0, 2.0], [3.0, 4.0]]), "epochs": 2}


def script(folder: Path, text: str = TEXT, name: str = "net.py", **options: Any) -> Script:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return gdverify.script(path, **options)


def test_it_runs_from_the_first_line_to_the_last(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    done = script(tmp_path, set=READS)()
    assert len(done.losses) == 2
    assert done.final < done.losses[0]
    assert capfd.readouterr() == ("", "")


def test_it_runs_away_from_the_users_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = (os.getcwd(), sys.stdin, list(sys.argv))
    script(tmp_path, set=READS)()
    assert not list(tmp_path.glob("result.txt"))
    assert (os.getcwd(), sys.stdin, sys.argv) == before


def test_what_is_set_is_set_where_it_is_first_assigned(tmp_path: Path) -> None:
    done = script(tmp_path, set={**READS, "w": 2.0, "rate": 0.0})()
    assert (done.w, done.b) == (2.0, 0.0)
    assert done.losses == [np.mean((2 * done.x - done.y) ** 2)] * 2


def test_every_run_begins_anew_with_the_same_random_numbers(tmp_path: Path) -> None:
    made = script(tmp_path, set=READS)
    random.seed(5)
    np.random.seed(5)
    expected = random.random(), np.random.random()
    random.seed(5)
    np.random.seed(5)
    first, second = [*made().losses], [*made().losses]
    assert first == second
    assert (random.random(), np.random.random()) == expected  # the caller's own are left where they were
    assert [*script(tmp_path, set=READS, seed=1)().losses] != first


def test_names_of_the_last_run_are_gone(tmp_path: Path) -> None:
    text = "fresh = 'kept' not in globals()\nkept = 1\n\ndef make():\n    global made\n    made = 1\n\nmake()\n"
    text += "again = 'made' in globals()\n"
    made = script(tmp_path, text)
    made()
    assert made().fresh


def test_what_is_stubbed_does_nothing_or_what_is_said(tmp_path: Path) -> None:
    assert script(tmp_path, set={"epochs": 1, "x": 1.0, "y": 2.0}, stub=["np.loadtxt"])().losses
    given = {"np.loadtxt": lambda name: READS["data"], "input": lambda asked: "3"}
    assert len(script(tmp_path, stub=given)().losses) == 3


def test_text_is_replaced_everywhere(tmp_path: Path) -> None:
    text = "n = 784\nm = 784 + 1\n"
    done = script(tmp_path, text, replace={"784": "3"})()
    assert (done.n, done.m) == (3, 4)


def test_cells_of_a_notebook_run_in_their_order(tmp_path: Path) -> None:
    cells = [["%time\n", "w = 1.0\n"], ["!ls\n", "for step in range(9):\n", "    w = w / 2\n"]]
    content = [{"cell_type": "code", "source": lines} for lines in cells]
    made = script(
        tmp_path, json.dumps({"cells": content, "metadata": {}}), "net.ipynb", replace={"range(9)": "range(1)"}
    )
    assert made().w == 0.5


def test_a_relative_path_begins_where_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "net.py").write_text("w = 1.0\n")
    (tmp_path / "below" / "bindings.py").write_text("import gdverify\n\nnet = gdverify.script('net.py')\n")
    monkeypatch.chdir(tmp_path)
    from gdverify.loading import load

    assert load("below/bindings.py").net().w == 1.0


def refused(folder: Path, text: str = TEXT, **options: Any) -> str:
    with pytest.raises(UsageError) as caught:
        script(folder, text, **options)
    return str(caught.value).replace(str(folder) + "/", "")


def test_text_that_does_not_occur(tmp_path: Path) -> None:
    assert refused(tmp_path, replace={"range(epoch)": "range(1)"}) == (
        "script('net.py'): replace={'range(epoch)': …}: this text does not occur in it; the nearest line is "
        "'for epoch in range(epochs):'; expected a piece of the file, with its spaces and quotes as they are there."
    )
    assert "does not occur in it; expected" in refused(tmp_path, replace={"zzzzzzzz": ""})


def test_text_that_no_longer_is_python(tmp_path: Path) -> None:
    said = refused(tmp_path, replace={"range(epochs):": "range(epochs)"})
    assert said.startswith(
        "script('net.py'): after replace={'range(epochs):': 'range(epochs)'} it is no longer Python: "
    )
    assert "in 'for epoch in range(epochs)'; expected text that fits" in said


def test_a_name_that_is_never_assigned(tmp_path: Path) -> None:
    assert refused(tmp_path, set={"weights": 1}) == (
        "set={'weights': …}: net.py does not assign 'weights' outside of functions and loops; it assigns b, data, "
        "epochs, final, loss, losses, rate, w, x, y."
    )
    assert "does not assign 'epoch'" in refused(tmp_path, set={"epoch": 1})


def test_a_name_that_is_never_used(tmp_path: Path) -> None:
    said = refused(tmp_path, stub=["np.loadtext"])
    assert said.startswith(
        "script('net.py'): stub='np.loadtext': nothing of that name is used in it; did you mean np.lo"
    )


@pytest.mark.parametrize("limit", [0, -1, float("inf"), float("nan")])
def test_a_time_limit_that_is_none(tmp_path: Path, limit: float) -> None:
    said = refused(tmp_path, time_limit=limit)
    assert said == f"script('net.py'): time_limit={limit!r}: expected a positive number of seconds."


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="no such file"):
        gdverify.script(tmp_path / "missing.py")


def fails(folder: Path, text: str = TEXT, **options: Any) -> str:
    made = script(folder, text, **options)
    with pytest.raises(BindingError) as caught:
        made()
    return str(caught.value).replace(str(folder) + "/", "")


def test_a_script_that_does_not_end(tmp_path: Path) -> None:
    assert fails(tmp_path, "w = 1\nwhile True:\n    w += 1\n", time_limit=0.2) == (
        "net.py:2: the script did not end within time_limit=0.2 seconds; let it make one step, for example "
        'gdverify.script(…, replace={"range(1000)": "range(1)"}) or set={"epochs": 1}.'
    )


def test_a_script_that_catches_everything_is_ended_too(tmp_path: Path) -> None:
    text = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass\n"
    assert "did not end within" in fails(tmp_path, text, time_limit=0.2)


@pytest.mark.parametrize("what", ["raise ValueError('broken')", "import sys; sys.exit(3)", "open('missing.txt')"])
def test_a_script_that_raises(tmp_path: Path, what: str) -> None:
    said = fails(tmp_path, f"w = 1\n{what}\n")
    assert said.startswith("net.py:2: the script raises ")
    assert said.endswith("set= what it reads or asks for, stub= what it calls, or replace= what it does.")


def test_a_script_that_asks(tmp_path: Path) -> None:
    assert "net.py:11: the script raises EOFError" in fails(tmp_path, set={"data": READS["data"]})


def test_the_limit_around_a_script_goes_on_after_it(tmp_path: Path) -> None:
    from gdverify.auditing.confinement import TooLong, limited

    def hangs() -> None:
        made = script(tmp_path, "w = 1\n")
        with limited(0.3, hangs.__code__):
            made()
            while True:
                pass

    with pytest.raises(TooLong):
        hangs()
