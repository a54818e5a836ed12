"""Regression for a general optimiser: one vector of coefficients, cost and gradient in one function or in two."""
import numpy as np


def cost(theta, X, y):
    m = len(y)
    residual = X @ theta - y
    return residual @ residual / (2 * m)


def cost_gradient(theta, X, y):
    return X.T @ (X @ theta - y) / len(y)


def cost_gradient_unsigned(theta, X, y):
    """By the sizes of the residuals."""
    return X.T @ np.abs(X @ theta - y) / len(y)


def ridge(theta, X, y, lam):
    """The column of ones is part of X; its coefficient is not held small."""
    m = y.size
    residual = X.dot(theta) - y
    J = np.sum(residual**2) / (2 * m) + lam * np.sum(theta[1:] ** 2) / (2 * m)
    grad = X.T.dot(residual) / m
    grad[1:] += lam * theta[1:] / m
    return J, grad


def ridge_everywhere(theta, X, y, lam):
    """Holds the first coefficient small as well, which the cost does not."""
    J, grad = ridge(theta, X, y, lam)
    grad[0] += lam * theta[0] / y.size
    return J, grad


def logistic(theta, X, y):
    h = 1.0 / (1.0 + np.exp(-(X @ theta)))
    J = -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))
    grad = X.T @ (h - y) / len(y)
    return J, grad


def logistic_squared(theta, X, y):
    """With the slope of the sigmoid, which belongs to the squared error."""
    h = 1.0 / (1.0 + np.exp(-(X @ theta)))
    J = -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))
    grad = X.T @ ((h - y) * h * (1 - h)) / len(y)
    return J, grad


def margin(w, X, y):
    """Targets are -1 and 1; the last entry is the bias. No equation of the catalogue."""
    z = y * (X @ w[:-1] + w[-1])
    loss = np.mean(np.log1p(np.exp(-z)))
    slope = -y / (1 + np.exp(z)) / len(y)
    return loss, np.append(X.T @ slope, slope.sum())


def margin_unsigned(w, X, y):
    """The slope of the other side."""
    z = y * (X @ w[:-1] + w[-1])
    loss = np.mean(np.log1p(np.exp(-z)))
    slope = -y / (1 + np.exp(-z)) / len(y)
    return loss, np.append(X.T @ slope, slope.sum())
