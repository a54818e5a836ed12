"""Text as a formatter leaves it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from gdverify.writing.layout import WIDTH, call, comment, docstring, entry, literal, quoted, statement

LONG = [f"argument_{number}=c.self.some_attribute[{number}]" for number in range(9)]


@pytest.mark.parametrize("text", ["W1", "params['W1'].T", 'say "so"', """both ' and \"""", "back\\slash", "", "é ×"])
def test_a_quoted_text_is_read_back_as_it_was(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text


def test_texts_are_in_double_quotes_unless_they_hold_some() -> None:
    assert quoted("params['W1']") == "\"params['W1']\""
    assert quoted('say "so"') == "'say \"so\"'"


@pytest.mark.parametrize(
    "value", [1, 0.1, -2.5, True, None, "a'b", [1, [2.0, "x"]], (1,), (1, 2), [], 2.0**20, 2.0**-4]
)
def test_a_literal_is_read_back_as_it_was(value: object) -> None:
    text = literal(value)
    assert text is not None
    assert eval(text) == value


def test_a_large_power_of_two_is_written_as_one() -> None:
    assert literal(2.0**20) == "2.0**20"


@pytest.mark.parametrize("value", [object(), {1: 2}, [object()], print])
def test_what_is_no_literal_has_no_text(value: object) -> None:
    assert literal(value) is None


def test_everything_is_as_ruff_formats_it(tmp_path: Path) -> None:
    entries = {f"W{number}": quoted(f"layers[{number}].weights['kernel'].T") for number in range(5)}
    drawn = 'lambda rng, sizes: np.append(rng.integers(sizes["inputs"], size=sizes["batch"] - 1), sizes["inputs"] - 1)'
    inputs = {key: entry(key, drawn) for key in ("t", "labels_of_all")}
    calls = [
        call("read = gdverify.bind", {"inputs": inputs}),
        "\n",
        call("made = gdverify.bind", {"": "Net", "against": '"mlp"', "places": {"W": '"W"'}, "gradients": entries}),
        "\n\n\ndef run(c):\n",
        "\n".join(
            [
                statement("a = ", "net.forward", ["x=c.x"]),
                statement("b = ", "net.backward", LONG[:3], "[0]"),
                statement("d = ", "net.backward", LONG),
                statement("e = ", "net.loss", []),
            ]
        ),
        "\n",
    ]
    path = tmp_path / "made.py"
    path.write_text(docstring("What it is.\n\nMore of it.") + "\n" + comment("words " * 60) + "".join(calls), "utf-8")
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", f"--line-length={WIDTH}", str(path)]
    run = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_no_line_of_a_comment_is_too_long() -> None:
    lines = comment("one two three\n\nfour " + "word " * 80).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[:3] == ["# one two three", "#", lines[2]]
