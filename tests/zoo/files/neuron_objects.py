"""Neurons as objects in layers as objects: every weight is a Python float in a list."""
import math
import random


class Neuron:
    def __init__(self, n_inputs):
        self.weights = [random.uniform(-1, 1) for _ in range(n_inputs)]
        self.bias = random.uniform(-1, 1)

    def activate(self, inputs):
        self.inputs = inputs
        total = sum(w * x for w, x in zip(self.weights, inputs)) + self.bias
        self.output = math.tanh(total)
        return self.output


class NeuronNetwork:
    def __init__(self, sizes, learning_rate=0.1):
        self.learning_rate = learning_rate
        self.layers = [[Neuron(n) for _ in range(m)] for n, m in zip(sizes, sizes[1:])]

    def feed_forward(self, inputs):
        for layer in self.layers:
            inputs = [neuron.activate(inputs) for neuron in layer]
        return inputs

    def train(self, inputs, targets):
        outputs = self.feed_forward(inputs)
        errors = [o - t for o, t in zip(outputs, targets)]
        for layer in reversed(self.layers):
            for neuron, error in zip(layer, errors):
                neuron.delta = error * (1 - neuron.output ** 2)
            errors = [sum(n.delta * n.weights[i] for n in layer) for i in range(len(layer[0].weights))]
        self.update()

    def update(self):
        for layer in self.layers:
            for neuron in layer:
                neuron.weights = [w - self.learning_rate * neuron.delta * x for w, x in zip(neuron.weights, neuron.inputs)]
                neuron.bias -= self.learning_rate * neuron.delta


class NeuronNetworkScaledBias(NeuronNetwork):
    """The bias learns at the rate of its own value."""

    def update(self):
        for layer in self.layers:
            for neuron in layer:
                neuron.weights = [w - self.learning_rate * neuron.delta * x for w, x in zip(neuron.weights, neuron.inputs)]
                neuron.bias -= self.learning_rate * neuron.delta * neuron.bias
