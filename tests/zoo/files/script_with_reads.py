"""A script that reads its data, asks how long to train, and plots."""
import numpy as np
import matplotlib.pyplot as plt

data = np.loadtxt("housing.csv", delimiter=",")
X, t = data[:, :-1], data[:, -1]
epochs = int(input("epochs: "))
learning_rate = 0.01

w = np.zeros(X.shape[1])
b = 0.0
history = []
for epoch in range(epochs):
    prediction = X @ w + b
    error = prediction - t
    history.append(np.mean(error ** 2))
    grad_w = 2 * X.T @ error / len(t)
    grad_b = 2 * error.mean()
    w = w - learning_rate * grad_w
    b = b - learning_rate * grad_b

plt.plot(history)
plt.show()
