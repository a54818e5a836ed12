"""Two layers as loose functions: samples are columns, targets the numbers of their classes."""

import numpy as np


def make_weights(n_in, n_hidden, n_classes):
    W1, b1 = np.random.randn(n_hidden, n_in), np.zeros((n_hidden, 1))
    W2, b2 = np.random.randn(n_classes, n_hidden), np.zeros((n_classes, 1))
    return W1, b1, W2, b2


def soft(Z):
    shifted = np.exp(Z - Z.max(axis=0))
    return shifted / shifted.sum(axis=0)


def indicator(labels):
    columns = np.zeros((labels.max() + 1, labels.size))
    columns[labels, np.arange(labels.size)] = 1
    return columns


def forward_pass(W1, b1, W2, b2, X):
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    A2 = soft(np.dot(W2, A1) + b2)
    return Z1, A1, A2


def backward_pass(A1, A2, W2, X, Y):
    n = Y.shape[0]
    dZ2 = (A2 - indicator(Y)) / n
    dZ1 = np.dot(W2.T, dZ2) * (1 - A1**2)
    dW1, dW2 = np.dot(dZ1, X.T), np.dot(dZ2, A1.T)
    db1, db2 = dZ1.sum(axis=1, keepdims=True), dZ2.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2


def backward_pass_total(A1, A2, W2, X, Y):
    n = Y.shape[0]
    dZ2 = (A2 - indicator(Y)) / n
    dZ1 = np.dot(W2.T, dZ2) * (1 - A1**2)
    dW1, dW2 = np.dot(dZ1, X.T), np.dot(dZ2, A1.T)
    db1, db2 = dZ1.sum(), dZ2.sum()
    return dW1, db1, dW2, db2
