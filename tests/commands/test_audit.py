"""``gdverify audit``: targets, exit codes, what it refuses, and what it writes."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import gdverify
from gdverify.auditing import search
from gdverify.auditing.diagnosis import patterns, samples
from gdverify.cli import main
from gdverify.documented.records import RECORDS
from tests.auditing.subjects import DEAD, RIGHT, WRONG, judged, net, with_gradients

pytestmark = pytest.mark.usefixtures("few_fresh_cases")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)])


def refused(*arguments: object) -> str:
    """The message on standard error of a call that ends with 2 and prints nothing."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert not result.stdout
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with one file of each kind."""
    files = {
        "right.py": net(("network", RIGHT)),
        "wrong.py": net(("network", WRONG)),
        "both.py": net(("fine", RIGHT), ("broken", WRONG)),
        "dead.py": DEAD,
        "raises.py": net(("network", 'case.parameters["W9"]')),
        "empty.py": "",
        "syntax.py": "import numpy\n\ndef network(case:\n    return\n",
        "imports.py": "import gdverify\nimport no_such_package\n\nmark = gdverify.subject\n",
        "exits.py": "import sys\n\nimport gdverify\n\nmark = gdverify.subject\n\n\nsys.exit(4)\n",
        "training.py": "import no_such_package\n\nprint('training')\nwhile True:\n    no_such_package.step()\n",
        "crash.py": net(("network", "__import__('os').kill(__import__('os').getpid(), 9)")),
        "leaves.py": net(("network", "__import__('os')._exit(0)")),
        "typo.py": net(("network", RIGHT)).replace('"mlp"', '"mpl"'),
        "option.py": net(("network", RIGHT)).replace("activation", "activatoin"),
        "against.py": net(("network", RIGHT)).replace('against="mlp", ', ""),
        "notes.txt": "no Python",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


# -- exit codes


def test_correct_is_0(folder: Path) -> None:
    result = run("right.py")
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "right.py:network   against mlp(hidden=1, activation=tanh, loss=mean_squared_error)"
    )
    assert re.search(r"   CORRECT   proved, tested on 100( \+ \d+)? cases, seed 0\n", result.stdout)
    assert result.stdout.endswith("\n1 implementation: 1 correct.\n")
    assert not result.stderr


def test_wrong_is_1(folder: Path) -> None:
    result = run("wrong.py")
    assert result.exit_code == 1
    assert "the derivative of tanh is taken at a1, the value after it" in result.stdout
    assert result.stdout.endswith("\n1 implementation: 1 wrong.\n")


def test_undecided_is_2(folder: Path) -> None:
    result = run("dead.py", "--examples", 30)
    assert result.exit_code == 2
    assert "UNDECIDED" in result.stdout
    assert result.stdout.endswith("\n1 implementation: 1 undecided.\n")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("raises.py", "the subject raised KeyError: 'W9' at "),
        ("crash.py", "the subject ended its process with signal SIGKILL: expected a result"),
        ("leaves.py", "the subject's process ended without a result (exit code 0)"),
    ],
)
def test_what_cannot_be_judged_is_2(folder: Path, file: str, message: str) -> None:
    result = run(file, "right.py", "--examples", 20)
    assert result.exit_code == 2
    assert message in result.stdout
    assert result.stdout.endswith("\n2 implementations: 1 correct, 1 error.\n")  # the other one is judged


def test_one_wrong_of_several_is_1(folder: Path) -> None:
    result = run("right.py", "raises.py", "both.py", "--examples", 20)
    assert result.exit_code == 1
    order = ["right.py:network", "raises.py:network", "both.py:fine", "both.py:broken"]
    assert [line.split("   ")[0] for line in result.stdout.splitlines() if "   against " in line] == order
    assert result.stdout.endswith("\n4 implementations: 2 correct, 1 wrong, 1 error.\n")


def test_a_name_picks_one(folder: Path) -> None:
    assert run("both.py:fine", "--examples", 20).exit_code == 0
    assert run("both.py:broken", "--examples", 20).exit_code == 1


def test_a_module_works_as_well_as_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "package_of_mine").mkdir()
    (folder / "package_of_mine" / "__init__.py").write_text("")
    (folder / "package_of_mine" / "net.py").write_text(net(("network", RIGHT)))
    for target in ("package_of_mine.net", "package_of_mine.net:network", "package_of_mine/net.py"):
        assert run(target, "--examples", 20).exit_code == 0, target


def test_a_file_may_import_its_neighbours(folder: Path) -> None:
    (folder / "neighbour_of_mine.py").write_text("from numpy import tanh\n")
    text = net(("network", RIGHT)).replace("np.tanh", "neighbour_of_mine.tanh")
    (folder / "friendly.py").write_text("import neighbour_of_mine\n" + text)
    assert run("friendly.py", "--examples", 20).exit_code == 0


# -- bad input


def test_a_missing_file(folder: Path) -> None:
    assert refused("net.py") == (
        "gdverify: net.py: no such file; expected a Python file, or a module that can be imported.\n"
    )
    assert refused("no.such.module") == (
        "gdverify: no.such.module: no such module, and no such file; expected FILE.py[:NAME] or MODULE[:NAME].\n"
    )


def test_a_directory(folder: Path) -> None:
    (folder / "nets").mkdir()
    assert refused("nets") == "gdverify: nets: is a directory; expected a Python file, for example nets/net.py.\n"


def test_a_file_that_is_no_python(folder: Path) -> None:
    assert refused("notes.txt") == "gdverify: notes.txt: is not a Python file; expected a name that ends in .py.\n"


def test_a_file_without_a_subject(folder: Path) -> None:
    message = refused("empty.py")
    assert message.startswith(
        "gdverify: empty.py: no subject in it, and nothing that looks like code with a gradient. "
        "To audit what is not found, mark a function that takes a case"
    )
    assert '@gdverify.subject(against="mlp", hidden=1, activation="tanh", loss="mean_squared_error")' in message


def test_a_file_that_would_train_is_looked_into_and_not_run(folder: Path) -> None:
    message = refused("training.py")
    assert "training.py: no subject in it, and nothing that looks like code with a gradient; looked at" in message
    assert "skipped  while True:" in message
    assert "missing  no_such_package  is not installed" in message
    assert "To audit what is not found, mark a function" in message


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("syntax.py", "gdverify: syntax.py:3: while importing: SyntaxError: '(' was never closed"),
        (
            "imports.py",
            "gdverify: imports.py:2: while importing: ModuleNotFoundError: No module named 'no_such_package'",
        ),
        ("exits.py", "gdverify: exits.py:8: while importing: SystemExit: 4"),
        ("against.py", "gdverify: against.py:6: while importing: TypeError: subject() missing 1 required positional"),
    ],
)
def test_a_file_that_does_not_import_is_told_where(folder: Path, file: str, message: str) -> None:
    assert refused(file).startswith(message)


def test_unknown_names_come_with_the_closest(folder: Path) -> None:
    assert refused("both.py:fin") == "gdverify: unknown subject in both.py: 'fin': did you mean fine?\n"
    assert refused("both.py:zzz") == "gdverify: unknown subject in both.py: 'zzz': known: broken, fine.\n"
    assert "typo.py:network: unknown architecture or operation 'mpl': did you mean mlp or split or prelu?" in refused(
        "typo.py"
    )
    assert "option.py:network: unknown option of mlp 'activatoin': did you mean activation?" in refused("option.py")


def test_nothing_is_judged_before_everything_is_known(folder: Path) -> None:
    # `refused` sees that no report was printed.
    for last in ("net.py", "empty.py", "both.py:fin", "typo.py"):
        refused("wrong.py", last)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--seed", "nan"],
        ["--seed", "-1"],
        ["--seed", "1.5"],
        ["--seed", str(2**64 + 1)],
        ["--examples", "0"],
        ["--examples", "1e9"],
        ["--examples", "1000000000"],
        ["--examples", "inf"],
        ["--sead", "1"],
        ["--json"],
    ],
    ids=" ".join,
)
def test_options_that_make_no_sense(folder: Path, arguments: list[str]) -> None:
    assert arguments[0] in refused("right.py", *arguments)


# -- the JSON document

KEYS = {
    "document": ["schema_version", "subjects"],
    "subject": [
        "subject", "architecture", "verdict", "expected", "constant", "evidence", "examples", "further", "seed",
        "command", "bound", "grounds", "parameters", "diagnosis", "findings", "failing_case",
    ],
    "parameter": [
        "name", "verdict", "largest_error", "tolerance", "worst_index", "got", "expected", "informative", "cases",
        "informative_entries", "entries", "evidence", "coverage",
    ],
    "bound": ["safety", "tolerance", "precision", "kink"],
    "coverage": ["kind", "name", "cases", "informative", "needed"],
    "diagnosis": ["kind", "message"],
    "failing_case": ["sizes", "options", "regime", "dtype", "numpy"],
}  # fmt: skip


def document(*arguments: object) -> tuple[Any, str]:
    result = run(*arguments, "--json", "-")
    return json.loads(result.stdout), result.stdout


def test_the_document_has_its_schema(folder: Path) -> None:
    content, _ = document("both.py", "raises.py", "--examples", 20)
    assert list(content) == KEYS["document"]
    assert content["schema_version"] == 1
    fine, broken, raising = content["subjects"]
    assert [subject["evidence"] for subject in content["subjects"]] == ["proved", "proved", "tested"]
    for subject in content["subjects"]:
        assert list(subject) == KEYS["subject"]
        assert all(list(row) == KEYS["parameter"] for row in subject["parameters"])
        assert all(list(cell) == KEYS["coverage"] for row in subject["parameters"] for cell in row["coverage"])
        assert list(subject["bound"]) == KEYS["bound"]
        assert all(list(remark) == KEYS["diagnosis"] for remark in subject["diagnosis"])
        assert (subject["seed"], subject["expected"]) == (0, None)
    assert [subject["verdict"] for subject in content["subjects"]] == ["correct", "wrong", "error"]
    assert (fine["failing_case"], fine["examples"]) == (None, 20)
    assert list(broken["failing_case"]) == KEYS["failing_case"]
    assert broken["failing_case"]["options"] == {"hidden": 1, "activation": "tanh", "loss": "mean_squared_error"}
    assert broken["failing_case"]["sizes"] == {"batch": 1, "inputs": 1, "hidden1": 1, "outputs": 1}
    assert {row["name"]: row["verdict"] for row in broken["parameters"]} == {
        "W1": "wrong", "b1": "wrong", "W2": "correct", "b2": "correct", "loss": "correct",
    }  # fmt: skip
    (W1,) = [row for row in broken["parameters"] if row["name"] == "W1"]
    assert W1["worst_index"] == [0, 0]
    assert W1["largest_error"] == pytest.approx(abs(W1["got"] - W1["expected"]))
    assert W1["largest_error"] > W1["tolerance"] > 0
    kinds = ["witnesses", "slip", "formula", "formula", "line", "links"]
    assert [remark["kind"] for remark in broken["diagnosis"]] == kinds
    assert (raising["parameters"], raising["diagnosis"][0]["kind"]) == ([], "raises")
    assert broken["command"] == "gdverify audit both.py:broken --seed 0 --examples 20"


def test_the_same_seed_gives_the_same_bytes(folder: Path) -> None:
    texts = [document("wrong.py", "--examples", 10, "--seed", seed)[1] for seed in (5, 5, 6)]
    assert texts[0] == texts[1] != texts[2]


def test_a_file_is_written_beside_the_text(folder: Path) -> None:
    result = run("right.py", "--examples", 20, "--json", "report.json")
    assert result.exit_code == 0
    assert "1 implementation: 1 correct." in result.stdout
    assert (folder / "report.json").read_text(encoding="utf-8") == document("right.py", "--examples", 20)[1]


def test_a_dash_writes_the_document_alone_and_keeps_the_exit_code(folder: Path) -> None:
    result = run("wrong.py", "--examples", 10, "--json", "-")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["subjects"][0]["verdict"] == "wrong"
    assert not (folder / "-").exists()


def test_a_file_that_cannot_be_written_loses_nothing(folder: Path) -> None:
    result = run("wrong.py", "--examples", 20, "--json", "missing/report.json")
    assert result.exit_code == 2
    assert "1 implementation: 1 wrong." in result.stdout
    assert result.stderr.startswith("gdverify: cannot write missing/report.json: ")
    before = sorted(folder.iterdir())
    (folder / "taken").mkdir()
    assert run("right.py", "--json", "taken").exit_code == 2
    assert sorted(set(folder.iterdir()) - {folder / "taken", folder / "__pycache__"}) == sorted(
        set(before) - {folder / "__pycache__"}
    )


def test_numbers_that_are_not_finite_are_null(folder: Path) -> None:
    text = DEAD.replace("np.zeros_like(w)", "gdverify.Recovered(w * 0, np.full_like(w, np.inf, float))")
    (folder / "vague.py").write_text(text.replace("from gdverify.op", "import math\nfrom gdverify.op", 1))
    content, text = document("vague.py", "--examples", 20)
    (row,) = [row for row in content["subjects"][0]["parameters"] if row["name"] == "w"]
    assert row["tolerance"] is None
    assert "Infinity" not in text
    assert "NaN" not in text


# -- again


def test_the_command_replays_the_report(folder: Path) -> None:
    first = run("both.py", "--seed", 7, "--examples", 10).stdout
    (again,) = [line.split("again    ")[1] for line in first.splitlines() if line.startswith("  again")]
    program, command, *arguments = shlex.split(again)
    assert (program, command) == ("gdverify", "audit")
    replayed = run(*arguments)
    assert replayed.exit_code == 1
    assert replayed.stdout.split("\n\n")[0] == first.split("\n\n")[1]


def test_a_path_with_spaces_can_be_replayed(folder: Path) -> None:
    (folder / "my nets").mkdir()
    (folder / "my nets" / "net.py").write_text(net(("network", WRONG)))
    first = run("my nets/net.py", "--examples", 10).stdout
    (again,) = [line.split("again    ")[1] for line in first.splitlines() if line.startswith("  again")]
    assert run(*shlex.split(again)[2:]).stdout == first


def test_the_call_in_python_replays_the_report() -> None:
    wrong = with_gradients(lambda gradient, case: -gradient)
    report = gdverify.audit(wrong, against="mlp", hidden=1, activation="relu", seed=2, examples=20)
    name = report.subject.split(":")[-1]
    assert report.command == f"gdverify.audit({name}, against='mlp', hidden=1, activation='relu', seed=2, examples=20)"
    marked = gdverify.subject("mlp", hidden=1)(wrong)
    assert gdverify.audit(marked, examples=20).command == f"gdverify.audit({name}, seed=0, examples=20)"


@pytest.mark.parametrize("regime", ["ordinary", "zeros"])
def test_the_failing_case_can_be_pasted(regime: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[tuple[str, ...], dict[str, np.ndarray]] = {}

    def failing(gradient: np.ndarray, case: gdverify.Case) -> np.ndarray:
        seen[tuple(case.lines())] = case.arrays
        return gradient + (case.regime == regime and case.sizes["inputs"] > 3)

    report = gdverify.audit(judged(with_gradients(failing), hidden=0), examples=60)
    assert report.failing_case is not None
    lines = str(report).split("\n")
    start = next(k for k, line in enumerate(lines) if line.strip() == "import numpy as np")
    pasted = [line[11:] for line in lines[start : start + 5]]
    assert lines[start + 5].startswith("  again")
    show = "for a in (x, W1, b1, t): print(a.dtype, a.shape, a.tobytes().hex())"
    shown = subprocess.run(
        [sys.executable, "-c", "\n".join([*pasted, show])], capture_output=True, text=True, check=True
    )
    arrays = seen[report.failing_case.numpy]
    expected = [f"{a.dtype} {a.shape} {a.tobytes().hex()}" for a in (arrays[name] for name in ("x", "W1", "b1", "t"))]
    assert shown.stdout.splitlines() == expected


# -- without a target


def test_a_verdict_that_is_not_the_one_on_record_is_1(monkeypatch: pytest.MonkeyPatch) -> None:
    from gdverify.documented import records

    by_name = {record.subject.name: record for record in RECORDS}
    quadratic, line = by_name["quadratic, as documented"], by_name["line, as documented"]
    surprising = records.Record(quadratic.subject, "wrong")
    missing = records.Record(line.subject, "correct", "no_such_extra")
    monkeypatch.setattr(records, "RECORDS", (line, surprising, missing))
    result = run("--examples", 30)
    assert result.exit_code == 1
    assert "CORRECT as recorded" in result.stdout
    assert "CORRECT, on record as wrong" in result.stdout
    assert "2 implementations: 2 correct. Not as recorded: quadratic, as documented." in result.stdout
    assert 'not audited: line, as documented: needs the extra "no_such_extra"' in result.stderr


def test_shrinking_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def counting(gradient: np.ndarray, case: gdverify.Case) -> np.ndarray:
        nonlocal calls
        calls += 1
        return gradient + 1

    monkeypatch.setattr(search, "SHRINK_ENTRIES", 10 * search.LEAST_ENTRIES)
    report = gdverify.audit(judged(with_gradients(counting), hidden=0), examples=5)
    assert report.verdict == "wrong"
    tensors, twice = 2, 2
    survey, shrinking, differences, guards = 5, 12, 200, 80
    signs = 2 * patterns.SIGNED * 4  # arrays
    assert calls <= tensors * (twice * (survey + shrinking) + samples.FRESH_CASES + differences + signs + guards)
