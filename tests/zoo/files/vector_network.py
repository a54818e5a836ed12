"""A network's weights in one vector, column by column, biases folded in; classes are counted from 1."""
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def passes(nn_params, n_in, n_hidden, num_labels, X, y):
    cut = n_hidden * (n_in + 1)
    Theta1 = np.reshape(nn_params[:cut], (n_hidden, n_in + 1), order="F")
    Theta2 = np.reshape(nn_params[cut:], (num_labels, n_hidden + 1), order="F")
    a1 = np.insert(X, 0, 1, axis=1)
    hidden = sigmoid(a1 @ Theta1.T)
    a2 = np.insert(hidden, 0, 1, axis=1)
    h = sigmoid(a2 @ Theta2.T)
    Y = np.arange(1, num_labels + 1) == y[:, None]
    J = -np.sum(Y * np.log(h) + (1 - Y) * np.log(1 - h)) / len(X)
    return Theta1, Theta2, a1, hidden, a2, h - Y, J


def nn_cost(nn_params, input_layer_size, hidden_layer_size, num_labels, X, y, Lambda):
    m = len(X)
    Theta1, Theta2, a1, hidden, a2, d3, J = passes(
        nn_params, input_layer_size, hidden_layer_size, num_labels, X, y
    )
    J += Lambda / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))
    d2 = (d3 @ Theta2[:, 1:]) * hidden * (1 - hidden)
    Theta1_grad = d2.T @ a1 / m
    Theta2_grad = d3.T @ a2 / m
    Theta1_grad[:, 1:] += Lambda / m * Theta1[:, 1:]
    Theta2_grad[:, 1:] += Lambda / m * Theta2[:, 1:]
    return J, np.concatenate([Theta1_grad.ravel(order="F"), Theta2_grad.ravel(order="F")])


def nn_cost_straight(nn_params, input_layer_size, hidden_layer_size, num_labels, X, y, Lambda):
    """The slope of the hidden layer is missing."""
    m = len(X)
    Theta1, Theta2, a1, hidden, a2, d3, J = passes(
        nn_params, input_layer_size, hidden_layer_size, num_labels, X, y
    )
    d2 = d3 @ Theta2[:, 1:]
    Theta1_grad = d2.T @ a1 / m
    Theta2_grad = d3.T @ a2 / m
    return J, np.concatenate([Theta1_grad.ravel(order="F"), Theta2_grad.ravel(order="F")])
