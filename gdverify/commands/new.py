"""``gdverify new NAME``: a file with one layer and a network of it, to put one's own equation in."""

from __future__ import annotations

import keyword
from pathlib import Path

import click

from gdverify.errors import UsageError

# What is written: it derives and passes its checks as it is. `{name}` is the only thing that is filled in.
TEMPLATE = '''\
"""{name}: the forward equations; gradients, NumPy and tests are derived from them.

    gdverify explain {name}.py:{name}             the chain rule, step by step
    gdverify derive {name}.py                     NumPy and a page for each, in derivations/
    gdverify audit FILE --against {name}.py:{name}_layer
                                                  is a hand-written backward pass right?
    gdverify mutate {name}.py:{name}              would mistakes in it be noticed?

In a test, `gdverify.check_derivation({name})` holds the equation to what all of the catalogue are held to: finite, its
gradients what differences say, its NumPy within the bounds by which implementations are judged.
"""

from gdverify import (
    Tensor,
    architecture,
    axis,
    functions as f,
    indices,
    input_tensor,
    leading,
    operation,
    parameter,
    target,
    total,
)
from gdverify.operations.losses import mean_squared_error

# The axes of the arrays; `leading` stands for any number of axes in front, such as the samples.
inputs, outputs = axis("inputs"), axis("outputs")


@operation("y", x=(leading, inputs), W=(outputs, inputs), b=(outputs,), gives=(leading, outputs))
def {name}_layer(x, W, b):
    """What the layer computes, in one sentence. Source: where its equation stands."""
    n, i, o = indices(leading, inputs, outputs)
    # The equation: y[n, o] = tanh(Σ_i W[o, i] x[n, i] + b[o]). Put yours here.
    return f.tanh(total(W[o, i] * x[n, i], over=i) + b[o])


@architecture
def {name}() -> Tensor:
    """A network of one layer and its loss, in one sentence. Source: where it is from."""
    batch = axis("batch", "n")
    x = input_tensor("x", batch, inputs)
    y = {name}_layer(x, parameter("W", outputs, inputs), parameter("b", outputs))
    return mean_squared_error(y, target("t", batch, outputs))
'''


@click.command("new")
@click.argument("name")
@click.option("--force", is_flag=True, help="Write over a file that exists.")
def command(name: str, force: bool) -> None:
    """Start an architecture of your own: write NAME.py with a layer and a network, to put your equation in.

    The file works as it is. Change the equation, its axes and its sentence; everything else follows.

    Exit codes: 0 written, 2 usage or input.
    """
    from gdverify.catalogue import architectures, operations
    from gdverify.files import replace

    if not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"name={name!r}: expected a Python identifier, since it names the file and its functions.")
    if {name, f"{name}_layer"} & {*operations(), *architectures()}:
        raise UsageError(f"name={name!r} is taken by the catalogue (`gdverify explain {name}` shows it); take another.")
    path = Path(f"{name}.py")
    if path.exists() and not force:
        raise UsageError(f"{path} exists; give another name, or --force to write over it.")
    replace(path, TEMPLATE.replace("{name}", name))
    click.echo(f"wrote {path}")
    click.echo(f"next: put your equation in {name}_layer, then gdverify explain {path}:{name}", err=True)
