"""A network on tensors without autograd: weights that are updated in place, and a layer that keeps .grad itself."""
import torch


class TensorNet:
    def __init__(self, n_in, n_hidden, n_out, lr=0.01):
        self.lr = lr
        self.w1 = torch.randn(n_in, n_hidden)
        self.w2 = torch.randn(n_hidden, n_out)

    def predict(self, x):
        self.h = torch.tanh(x.mm(self.w1))
        return self.h.mm(self.w2)

    def slope(self):
        return 1 - self.h ** 2

    def train_step(self, x, y):
        y_pred = self.predict(x)
        loss = (y_pred - y).pow(2).sum()
        grad_y_pred = 2.0 * (y_pred - y)
        grad_w2 = self.h.t().mm(grad_y_pred)
        grad_w1 = x.t().mm(grad_y_pred.mm(self.w2.t()) * self.slope())
        self.w1 -= self.lr * grad_w1
        self.w2 -= self.lr * grad_w2
        return loss.item()


class TensorNetStraight(TensorNet):
    def slope(self):
        return torch.ones(self.h.shape)


class GradLinear(torch.nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.empty(out_features, in_features).uniform_(-1, 1))
        self.bias = torch.nn.Parameter(torch.zeros(out_features))

    @torch.no_grad()
    def forward(self, x):
        self.input = x
        return x @ self.weight.T + self.bias

    @torch.no_grad()
    def backward(self, grad_output):
        self.weight.grad = grad_output.T @ self.input
        self.bias.grad = self.bias_gradient(grad_output)
        return grad_output @ self.weight

    def bias_gradient(self, grad_output):
        return grad_output.sum(dim=0)


class GradLinearTwice(GradLinear):
    def bias_gradient(self, grad_output):
        return 2 * grad_output.sum(dim=0)


def relu_forward(z):
    return torch.clamp(z, min=0)


def relu_backward(dout, z):
    dz = dout.clone()
    dz[z <= 0] = 0
    return dz


def relu_backward_upstream(dout, z):
    dz = dout.clone()
    dz[dout <= 0] = 0
    return dz
