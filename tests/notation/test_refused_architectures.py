"""Compositions that do not fit are refused, and the message says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sympy import Expr

from gdverify import catalogue
from gdverify.derivation.steps import derive
from gdverify.errors import NotationError, UnknownName
from gdverify.notation import Tensor, architecture, axis, input_tensor, operation, parameter, target
from gdverify.operations.activations import product, sigmoid, tanh
from gdverify.operations.affine import affine, linear
from gdverify.operations.losses import mean_squared_error, squared_error

batch, inputs, outputs = axis("batch", "n"), axis("inputs"), axis("outputs")


def refused(compose: Callable[[], Tensor], message: str, kind: type[Exception] = NotationError) -> None:
    """Deriving the architecture fails with a message that has the given part."""
    with pytest.raises(kind, match=re.escape(message)):
        derive(architecture(compose))


def layer(name: str = "z", x: str = "x", W: str = "W") -> Tensor:
    """A linear layer from inputs to outputs."""
    return linear(input_tensor(x, batch, inputs), parameter(W, outputs, inputs), name=name)


def test_unused_tensor() -> None:
    def net() -> Tensor:
        parameter("b", outputs)
        z = layer()
        return squared_error(z, target("t", *z.axes))

    refused(net, "net: b[outputs] is unused: nothing that leads to the loss reads it; remove it.")


def test_unused_result() -> None:
    def net() -> Tensor:
        z = layer()
        sigmoid(z, name="a")
        return squared_error(z, target("t", *z.axes))

    refused(net, "net: a[batch, outputs] is unused: nothing that leads to the loss reads it")


@pytest.mark.parametrize(
    ("names", "word", "first", "second"),
    [
        ({"x": "W"}, "W", "the tensor W[batch, inputs]", "the tensor W[outputs, inputs]"),
        ({"name": "x"}, "x", "the tensor x[batch, inputs]", "the tensor x[batch, outputs]"),
        ({"W": "dx"}, "dx", "the tensor dx[outputs, inputs]", "the adjoint of x[batch, inputs]"),
        ({"W": "dz"}, "dz", "the tensor dz[outputs, inputs]", "the adjoint of z[batch, outputs]"),
        ({"x": "batch"}, "batch", "the size of axis batch", "the tensor batch[batch, inputs]"),
        ({"W": "outputs"}, "outputs", "the size of axis outputs", "the tensor outputs[outputs, inputs]"),
        ({"x": "np"}, "np", "a name of the generated code", "the tensor np[batch, inputs]"),
        ({"name": "loss"}, "loss", "a name of the generated code", "the tensor loss[batch, outputs]"),
        ({"W": "sigmoid"}, "sigmoid", "a name of the generated code", "the tensor sigmoid[outputs, inputs]"),
    ],
)
def test_name_clash(names: dict[str, str], word: str, first: str, second: str) -> None:
    def net() -> Tensor:
        z = layer(**names)
        return squared_error(z, target("t", *z.axes))

    refused(net, f"net: name clash: {word!r} is both {first} and {second}; rename one of them.")


def test_operation_whose_operand_has_the_name_of_its_result() -> None:
    @operation("z")
    def twice(z: Expr) -> Expr:
        return 2 * z

    with pytest.raises(NotationError, match=r"twice: name clash: 'z' is both the tensor z\[.*\] and the tensor z\["):
        derive(twice)


def test_operation_with_axes_whose_result_is_called_the_loss() -> None:
    @operation("loss")
    def squares(y: Expr) -> Expr:
        return y**2

    with pytest.raises(NotationError, match="squares: name clash: 'loss' is both a name of the generated code and"):
        derive(squares)


@pytest.mark.parametrize("name", ["W 1", "1W", "lambda", "in"])
def test_tensor_that_cannot_be_a_variable(name: str) -> None:
    def net() -> Tensor:
        return squared_error(parameter(name), target("t"))

    refused(net, f"parameter name={name!r}: expected a Python identifier, since the generated code uses it.")


def test_loss_that_is_no_scalar() -> None:
    refused(
        lambda: layer(), "the loss is not a scalar: z[batch, outputs] has axes; end with an operation that sums over"
    )


def test_result_that_is_not_the_last() -> None:
    def net() -> Tensor:
        z = layer()
        squared_error(z, target("t", *z.axes))
        return z

    refused(net, "net returns z[batch, outputs]: expected the loss, which is the result of its last operation.")


def test_nothing_returned() -> None:
    def net() -> Tensor:
        squared_error(parameter("w"), target("t"))
        return None  # type: ignore[return-value]

    refused(net, "net returns None: expected the loss")


def test_nothing_to_take_the_gradient_of() -> None:
    def net() -> Tensor:
        return squared_error(input_tensor("x"), target("t"))

    refused(net, "net declares no parameter(…): there is nothing to take the gradient of.")


def test_composing_outside_an_architecture() -> None:
    x = Tensor("x", (batch, inputs))
    with pytest.raises(NotationError, match=r"tanh\(…\): tensors and operations are composed inside a function marked"):
        tanh(x)
    for declare, role in ((parameter, "parameter"), (input_tensor, "input"), (target, "target")):
        with pytest.raises(NotationError, match=f"{role} 'w': tensors and operations are composed inside a function"):
            declare("w")


def test_axes_that_do_not_fit_together() -> None:
    def net() -> Tensor:
        W = parameter("W", inputs, outputs)
        z = linear(input_tensor("x", batch, inputs), W)
        return squared_error(z, target("t", *z.axes))

    refused(
        net,
        "linear: W = W[inputs, outputs]: axis inputs is [outputs] here but [inputs] in an operand before it; "
        "the two must be the same axis.",
    )


def test_leading_axes_that_do_not_fit_together() -> None:
    def net() -> Tensor:
        return mean_squared_error(parameter("y", batch, outputs), target("t", outputs))

    refused(
        net, "mean_squared_error: t = t[outputs]: axis leading is [outputs] here but [batch, outputs] in an operand"
    )


@pytest.mark.parametrize("axes", [(), (outputs,), (batch, outputs, inputs)])
def test_number_of_axes_that_does_not_fit(axes: tuple[object, ...]) -> None:
    def net() -> Tensor:
        W = parameter("W", *axes)  # type: ignore[arg-type]
        return squared_error(linear(input_tensor("x", batch, inputs), W), target("t"))

    refused(net, "linear(W[outputs, inputs]) got W[")
    refused(net, "the number of axes does not fit.")


def test_number_of_operands() -> None:
    def net() -> Tensor:
        return squared_error(affine(input_tensor("x", inputs), parameter("W", outputs, inputs)), target("t"))

    refused(net, "affine takes 3 tensors (x, W, b), got 2.")


def test_what_is_no_tensor() -> None:
    def net() -> Tensor:
        return squared_error(product(parameter("w"), 2.0), target("t"))  # type: ignore[arg-type]

    refused(net, "product(w=2.0): expected a tensor of the architecture.")


# Names that do not exist.


def test_unknown_operation() -> None:
    with pytest.raises(UnknownName, match="unknown operation 'leeky_relu': did you mean leaky_relu or relu"):
        catalogue.find_operation("leeky_relu")
    with pytest.raises(UnknownName, match="unknown operation 'thanh': did you mean tanh"):
        derive(catalogue.find("mlp"), activation="thanh")


def test_unknown_operation_that_is_close_to_none() -> None:
    with pytest.raises(
        UnknownName,
        match=r"unknown operation 'qqqq': known: absolute_error, affine, .*, \d+ more \(`gdverify list` shows them\)\.",
    ):
        catalogue.find_operation("qqqq")


def test_unknown_architecture_or_operation() -> None:
    with pytest.raises(UnknownName, match="unknown architecture or operation 'mpl': did you mean mlp"):
        catalogue.find("mpl")


def test_unknown_option() -> None:
    with pytest.raises(UnknownName, match="unknown option of mlp 'hiden': did you mean hidden"):
        derive(catalogue.find("mlp"), hiden=2)
    with pytest.raises(UnknownName, match="unknown option of line 'depth': known: "):
        derive(catalogue.find("line"), depth=2)


def test_unknown_constant_of_an_operation() -> None:
    with pytest.raises(NotationError, match="leaky_relu has no constant 'slope'; it has: alpha"):
        derive(catalogue.find("leaky_relu"), slope=1)
