"""Cost and gradient for a general optimiser: all parameters in one flat vector, as fmin_cg wants it."""
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def unroll(theta, n_in, n_hidden, n_out):
    cut = n_hidden * (n_in + 1)
    theta1 = theta[:cut].reshape(n_hidden, n_in + 1)
    theta2 = theta[cut:].reshape(n_out, n_hidden + 1)
    return theta1, theta2


def cost_and_gradient(theta, n_in, n_hidden, n_out, X, Y):
    """Bias in the first column; cross-entropy averaged over all entries."""
    theta1, theta2 = unroll(theta, n_in, n_hidden, n_out)
    m = X.shape[0]
    a1 = np.hstack([np.ones((m, 1)), X])
    h = sigmoid(a1 @ theta1.T)
    a2 = np.hstack([np.ones((m, 1)), h])
    out = sigmoid(a2 @ theta2.T)
    J = -np.mean(Y * np.log(out) + (1 - Y) * np.log(1 - out))
    d3 = (out - Y) / Y.size
    d2 = (d3 @ theta2)[:, 1:] * h * (1 - h)
    grad = np.concatenate([(d2.T @ a1).ravel(), (d3.T @ a2).ravel()])
    return J, grad


def cost_and_gradient_leaking(theta, n_in, n_hidden, n_out, X, Y):
    """Forgets that the bias unit has no incoming weights: columns are cut off at the wrong end."""
    theta1, theta2 = unroll(theta, n_in, n_hidden, n_out)
    m = X.shape[0]
    a1 = np.hstack([np.ones((m, 1)), X])
    h = sigmoid(a1 @ theta1.T)
    a2 = np.hstack([np.ones((m, 1)), h])
    out = sigmoid(a2 @ theta2.T)
    J = -np.mean(Y * np.log(out) + (1 - Y) * np.log(1 - out))
    d3 = (out - Y) / Y.size
    d2 = (d3 @ theta2)[:, :-1] * h * (1 - h)
    grad = np.concatenate([(d2.T @ a1).ravel(), (d3.T @ a2).ravel()])
    return J, grad
