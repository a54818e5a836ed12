"""Images: a convolution that keeps channels first, a pooling that keeps them last."""
import numpy as np


class Conv:
    def __init__(self, in_channels, n_filters, kernel=3, stride=1):
        self.W, self.b = np.random.randn(n_filters, in_channels, kernel, kernel), np.zeros(n_filters)
        self.stride = stride

    def windows(self, x):
        k, s = self.W.shape[2], self.stride
        for i in range((x.shape[2] - k) // s + 1):
            for j in range((x.shape[3] - k) // s + 1):
                yield i, j, np.s_[:, :, s * i:s * i + k, s * j:s * j + k]

    def forward(self, x):
        self.x, k, s = x, self.W.shape[2], self.stride
        out = np.zeros((len(x), len(self.W), (x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1))
        for i, j, window in self.windows(x):
            out[:, :, i, j] = np.tensordot(x[window], self.W, axes=([1, 2, 3], [1, 2, 3])) + self.b
        return out

    def backward(self, dout):
        self.dW, self.db, dx = np.zeros_like(self.W), dout.sum(axis=(0, 2, 3)), np.zeros_like(self.x)
        for i, j, window in self.windows(self.x):
            self.dW += np.tensordot(dout[:, :, i, j], self.x[window], axes=(0, 0))
            self.put(dx, window, np.tensordot(dout[:, :, i, j], self.W, axes=(1, 0)))
        return dx

    def put(self, dx, window, part):
        dx[window] += part


class ConvOverwriting(Conv):
    """Where windows overlap the last one is all that is left."""

    def put(self, dx, window, part):
        dx[window] = part


class ConvScaled(Conv):
    """Wrong where the stride is not its default."""

    def backward(self, dout):
        dx = super().backward(dout)
        self.dW /= self.stride
        return dx


class MaxPool:
    def __init__(self, size=2):
        self.size = size

    def forward(self, x):
        n, height, width, channels = x.shape
        blocks = x.reshape(n, height // self.size, self.size, width // self.size, self.size, channels)
        out = blocks.max(axis=(2, 4))
        self.shape, self.mask = x.shape, blocks == out[:, :, None, :, None]
        return out

    def backward(self, dout):
        return (self.weights() * dout[:, :, None, :, None]).reshape(self.shape)

    def weights(self):
        return self.mask


class MaxPoolShifted(MaxPool):
    """The windows of the next sample."""

    def weights(self):
        return np.roll(self.mask, 1, axis=0)
