"""Gradients of ../../zoo/files/layers_in_out.py: each binding says where the numbers of the code are, each test checks
them.

Written by `gdverify write tests/zoo/files/layers_in_out.py`, from what was found. Now it is yours: edit it.
"""

import gdverify

# What the code defines; what else it does when it is run, such as training, is left out.
layers_in_out = gdverify.definitions("../../zoo/files/layers_in_out.py")

# layers_in_out.py:Dense
dense = gdverify.bind(
    lambda c: layers_in_out.Dense(input_size=c.inputs, output_size=c.outputs),
    against="affine",
    places={"W": "weights.T", "b": "bias[0]"},
    run=lambda c: (c.self.forward(inputs=c.x), c.self.backward(grad_output=c.upstream)),
    gradients={"x": "returned[1]", "W": "grad_weights.T", "b": "grad_bias[0]"},
    output="returned[0]",
    name="layers_in_out.py:Dense",
)


def test_dense():
    gdverify.check(dense)


# layers_in_out.py:DenseAveraged
dense_averaged = gdverify.bind(
    lambda c: layers_in_out.DenseAveraged(input_size=c.inputs, output_size=c.outputs),
    against="affine",
    places={"W": "weights.T", "b": "bias[0]"},
    run=lambda c: (c.self.forward(inputs=c.x), c.self.backward(grad_output=c.upstream)),
    gradients={"x": "returned[1]", "b": "grad_bias[0]", "W": "grad_weights.T"},
    output="returned[0]",
    name="layers_in_out.py:DenseAveraged",
)


def test_dense_averaged():
    gdverify.check(dense_averaged)
