"""Operations and architectures as a user would write them: what the catalogue does not have, or not yet."""

from __future__ import annotations

from sympy import Expr, Rational

from gdverify.notation import (
    Operation,
    Tensor,
    architecture,
    axis,
    indices,
    input_tensor,
    leading,
    mean,
    operation,
    parameter,
    target,
    total,
)
from gdverify.notation import functions as f
from gdverify.operations.activations import relu, sigmoid, tanh
from gdverify.operations.affine import affine, linear
from gdverify.operations.losses import mean_squared_error, squared_error

classes = axis("classes", "k")
features = axis("features", "j")
queries, keys, width = axis("queries", "q"), axis("keys", "k"), axis("width", "w")
inputs, outputs = axis("inputs"), axis("outputs")
SMALL = Rational(1, 1000)


# Operations.


@operation("p", z=(leading, classes), gives=(leading, classes))
def softmax(z: Tensor) -> Expr:
    """Two indices on one axis."""
    n, k, j = indices(leading, classes, classes)
    return f.exp(z[n, k]) / total(f.exp(z[n, j]), over=j)


@operation("loss", z=(leading, classes), t=(leading, classes), gives=())
def softmax_cross_entropy(z: Tensor, t: Tensor) -> Expr:
    """A sum in a logarithm in a sum."""
    n, k, j = indices(leading, classes, classes)
    return mean(total(t[n, k] * (f.log(total(f.exp(z[n, j]), over=j)) - z[n, k]), over=k))


@operation("y", x=(leading, features), g=(features,), b=(features,), gives=(leading, features))
def layer_norm(x: Tensor, g: Tensor, b: Tensor, *, epsilon: Rational = SMALL) -> Expr:
    """Mean, variance, root: each of them read by what follows."""
    n, j, k, m = indices(leading, features, features, features)
    centre = mean(x[n, k], over=k)
    variance = mean((x[n, m] - centre) ** 2, over=m)
    return g[j] * (x[n, j] - centre) / f.sqrt(variance + epsilon) + b[j]


@operation("a")
def swish(z: Expr) -> Expr:
    """A value that mentions another function's value."""
    return z * f.sigmoid(z)


@operation("a")
def gelu(z: Expr) -> Expr:
    """Floating-point constants, and a polynomial in a tanh."""
    return 0.5 * z * (1 + f.tanh(0.7978845608028654 * (z + 0.044715 * z**3)))


@operation("a")
def elu(z: Expr) -> Expr:
    """A kink between a line and an exponential."""
    return f.select(z > 0, z, f.exp(z) - 1)


@operation("a")
def hard_tanh(z: Expr) -> Expr:
    """Two kinks."""
    return f.select(z > 1, 1, f.select(z < -1, -1, z))


@operation("a")
def stairs(z: Expr) -> Expr:
    """Jumps at -1, 0 and 1: each comparison says which side the step belongs to."""
    inner = f.select(z < 0, 3 * z, f.select(z <= 1, 5 * z + 1, 7 * z))
    return f.select(z >= -1, inner, f.select(z > -2, 11 * z, z))


@operation("a")
def three_halves(z: Expr) -> Expr:
    """A fractional power."""
    return (z**2 + 1) ** Rational(3, 2)


@operation("a")
def leaning(z: Expr) -> Expr:
    """A kink in a sum: its derivative adds 0 or 1/3, in the dtype of z."""
    return z / 10 + f.relu(z) / 3


@operation("y")
def larger(u: Expr, v: Expr) -> Expr:
    """A tie, at which the gradient may be shared."""
    return f.maximum(u, v)


@operation("loss")
def hinge(y: Expr, t: Expr) -> Expr:
    """A loss whose gradient is made of numbers alone where t is left aside."""
    return total(f.relu(1 - y)) + total(f.relu(t - y))


@operation("a")
def cube_root(z: Expr) -> Expr:
    """A power whose exponent has no finite decimal."""
    return (z**2 + 1) ** Rational(1, 3)


@operation("a")
def power_of_two(z: Expr) -> Expr:
    """A constant that is no rational: its derivative mentions log(2)."""
    return f.exp(f.log(2) * z)


@operation("s", q=(leading, queries, width), k=(leading, keys, width), gives=(leading, queries, keys))
def scaled_scores(q: Tensor, k: Tensor) -> Expr:
    """Three axes on each side, one of them shared, and the root of a size."""
    n, i, j, w = indices(leading, queries, keys, width)
    return total(q[n, i, w] * k[n, j, w], over=w) / f.sqrt(width.size)


@operation("y", x=(leading, inputs), V=(outputs, inputs, features), gives=(leading, outputs, features))
def tensor_map(x: Tensor, V: Tensor) -> Expr:
    """A parameter with three axes."""
    n, o, i, j = indices(leading, outputs, inputs, features)
    return total(V[o, i, j] * x[n, i], over=i)


@operation("y", x=(leading, inputs), W=(outputs, inputs), gives=(leading, outputs))
def relu_linear(x: Tensor, W: Tensor) -> Expr:
    """A kink inside a sum of products, in one equation."""
    n, i, o = indices(leading, inputs, outputs)
    return total(W[o, i] * f.relu(x[n, i]), over=i)


@operation("y", x=(leading, inputs), A=(inputs, features), B=(features, outputs), gives=(leading, outputs))
def low_rank(x: Tensor, A: Tensor, B: Tensor) -> Expr:
    """Three operands under one sum over two indices."""
    n, i, j, o = indices(leading, inputs, features, outputs)
    return total(x[n, i] * A[i, j] * B[j, o], over=(i, j))


@operation("y", x=(leading, inputs), s=(inputs,), gives=(leading,))
def weighted_norm(x: Tensor, s: Tensor) -> Expr:
    """A root of a sum of products."""
    n, i = indices(leading, inputs)
    return f.sqrt(total(s[i] ** 2 * x[n, i] ** 2, over=i) + 1)


@operation("s", x=(inputs,), gives=())
def norm(x: Tensor) -> Expr:
    """A scalar whose letter is not "loss"."""
    (i,) = indices(inputs)
    return f.sqrt(total(x[i] ** 2, over=i) + 1)


@operation("y", x=(leading, inputs), c=(outputs,), gives=(leading, outputs))
def row_sums(x: Tensor, c: Tensor) -> Expr:
    """An operand that lacks the axis which is summed, another that is only broadcast."""
    n, i, o = indices(leading, inputs, outputs)
    return total(x[n, i], over=i) - 2 * c[o] + inputs.size


@operation("y", x=(leading, inputs), c=(leading,), gives=(leading,))
def reciprocals(x: Tensor, c: Tensor) -> Expr:
    """Powers that are terms of a sum, and so are not its value."""
    n, i = indices(leading, inputs)
    return total(1 / (1 + x[n, i] ** 2), over=i) + 1 / (1 + c[n] ** 2)


@operation("y", x=(leading, inputs), c=(leading,), gives=(leading,))
def mean_with(x: Tensor, c: Tensor) -> Expr:
    """A sum and something else over a size."""
    n, i = indices(leading, inputs)
    return (total(x[n, i] ** 2, over=i) + c[n] ** 2) / (1 + inputs.size)


@operation("s", x=(leading, inputs), gives=())
def mean_of_totals(x: Tensor) -> Expr:
    """A sum of sums with numbers and sizes between them."""
    n, i = indices(leading, inputs)
    return mean(3 * total(x[n, i] ** 2, over=i), over=n) / 2


@operation("y", x=(leading, inputs), v=(leading, inputs), gives=(inputs, leading))
def transposed_difference(x: Tensor, v: Tensor) -> Expr:
    """The result's axes in another order than the operands'."""
    n, i = indices(leading, inputs)
    return x[n, i] - v[n, i]


@operation("y")
def plus(x: Expr, v: Expr) -> Expr:
    """A residual branch's sum."""
    return x + v


@operation("s", W=(outputs, inputs), y=(leading,), gives=())
def with_decay(W: Tensor, y: Tensor) -> Expr:
    """Two sums of different shapes in one loss."""
    o, i, n = indices(outputs, inputs, leading)
    return mean(y[n] ** 2) + Rational(1, 7) * total(W[o, i] ** 2) / 2


# Architectures.


@architecture
def shared_weights(activation: Operation = tanh) -> Tensor:
    """The same parameters in two layers; the weight is square."""
    state = axis("state", "s")
    W, b = parameter("W", state, state), parameter("b", state)
    x = input_tensor("x", axis("batch", "n"), state)
    a1 = activation(affine(x, W, b, name="z1"), name="a1")
    a2 = activation(affine(a1, W, b, name="z2"), name="a2")
    return mean_squared_error(a2, target("t", *a2.axes))


@architecture
def residual(activation: Operation = relu) -> Tensor:
    """A tensor that is read by a layer and by what follows it, twice."""
    state = axis("state", "s")
    h = input_tensor("x", axis("batch", "n"), state)
    for k in (1, 2):
        z = affine(h, parameter(f"W{k}", state, state), parameter(f"b{k}", state), name=f"z{k}")
        h = plus(h, activation(z, name=f"a{k}"), name=f"h{k}")
    return squared_error(h, target("t", *h.axes))


@architecture
def same_twice() -> Tensor:
    """The same operation on the same tensor twice, the second time as the prediction."""
    z = linear(input_tensor("x", axis("batch", "n"), axis("inputs")), parameter("W", axis("outputs"), axis("inputs")))
    first, second = sigmoid(z, name="first"), sigmoid(z, name="second")
    return mean_squared_error(second, plus(first, target("t", *z.axes), name="u"))


@architecture
def doubled() -> Tensor:
    """An operation that gets one tensor for both operands."""
    w = parameter("w", axis("inputs"))
    return squared_error(plus(w, w, name="u"), target("t", *w.axes))


@architecture
def attention() -> Tensor:
    """One head, (batch, time, width): batched products, a softmax along the last axis."""
    batch, time, other, size = axis("batch", "n"), axis("time", "q"), axis("other", "k"), axis("size", "w")
    scores = scaled_scores(parameter("q", batch, time, size), parameter("k", batch, other, size), name="s")
    weights = softmax(scores, name="p")
    mixed = scaled_values(weights, parameter("v", batch, other, size), name="y")
    return mean_squared_error(mixed, target("t", *mixed.axes))


@operation("y", p=(leading, queries, keys), v=(leading, keys, width), gives=(leading, queries, width))
def scaled_values(p: Tensor, v: Tensor) -> Expr:
    """A batched product of matrices."""
    n, i, j, w = indices(leading, queries, keys, width)
    return total(p[n, i, j] * v[n, j, w], over=j)


@architecture
def sequence() -> Tensor:
    """An affine layer with two leading axes."""
    x = input_tensor("x", axis("batch", "n"), axis("time", "t"), axis("inputs"))
    W, b = parameter("W", axis("outputs"), axis("inputs")), parameter("b", axis("outputs"))
    y = tanh(affine(x, W, b, name="z"), name="y")
    return mean_squared_error(y, target("u", *y.axes))


@architecture
def cost_by_another_name() -> Tensor:
    """A loss that the user calls otherwise."""
    return squared_error(parameter("w"), target("t"), name="cost")
