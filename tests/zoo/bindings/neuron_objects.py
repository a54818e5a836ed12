"""Neurons as objects in lists of lists."""
import neuron_objects as code
import gdverify


def bound(cls):
    return gdverify.bind(
        lambda c: cls(c.widths),
        against="fully_connected", hidden=(0, 1), activation="tanh", loss="half_squared_error",
        places={"W{k}": "layers[k - 1][:].weights", "b{k}": "layers[k - 1][:].bias"}, dtypes=["float64"],
        run=lambda c: c.self.train(c.x, c.t), rate="learning_rate",
    )


NeuronNetwork, NeuronNetworkScaledBias = bound(code.NeuronNetwork), bound(code.NeuronNetworkScaledBias)
