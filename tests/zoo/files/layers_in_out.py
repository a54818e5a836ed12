"""Dense layer with weights (in, out) and the bias as a row."""
import numpy as np

rng = np.random.default_rng(1)


class Dense:
    def __init__(self, input_size, output_size):
        self.weights = 0.1 * rng.standard_normal((input_size, output_size))
        self.bias = np.zeros((1, output_size))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.bias
        return self.output

    def backward(self, grad_output):
        self.grad_weights = np.dot(self.inputs.T, grad_output)
        self.grad_bias = np.sum(grad_output, axis=0, keepdims=True)
        return np.dot(grad_output, self.weights.T)


class DenseAveraged(Dense):
    def backward(self, grad_output):
        grad_input = super().backward(grad_output)
        self.grad_weights /= len(grad_output)  # but not the bias
        return grad_input
