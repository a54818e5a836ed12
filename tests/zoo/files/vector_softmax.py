"""Softmax regression: the matrix of weights flat, samples in columns, whole numbers for the classes."""
import numpy as np


def softmax_cost(theta, num_classes, input_size, data, labels):
    W = theta.reshape(num_classes, input_size)
    scores = W @ data
    scores = scores - scores.max(axis=0)
    p = np.exp(scores) / np.exp(scores).sum(axis=0)
    m = data.shape[1]
    cost = -np.sum(np.log(p[labels, np.arange(m)])) / m
    p[labels, np.arange(m)] -= 1
    return cost, (p @ data.T / m).ravel()


def softmax_cost_columns(theta, num_classes, input_size, data, labels):
    """The gradient is unrolled column by column, the weights row by row."""
    cost, grad = softmax_cost(theta, num_classes, input_size, data, labels)
    return cost, grad.reshape(num_classes, input_size).ravel(order="F")
