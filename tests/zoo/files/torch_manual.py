"""A torch module with a backward pass by hand, and a torch.autograd.Function."""
import torch
from torch import nn


class ManualLinear(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(n_out), requires_grad=False)

    def forward(self, x):
        self.x = x
        return x @ self.weight.t() + self.bias

    def backward(self, dy):
        self.grad_weight = dy.t() @ self.x
        self.grad_bias = self.of_bias(dy)
        return dy @ self.weight

    def of_bias(self, dy):
        return dy.sum(0)


class ManualLinearMean(ManualLinear):
    def of_bias(self, dy):
        return dy.mean(0)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 2

    @staticmethod
    def backward(ctx, dy):
        (x,) = ctx.saved_tensors
        return 2 * x * dy


class SquareAbsolute(Square):
    @staticmethod
    def backward(ctx, dy):
        (x,) = ctx.saved_tensors
        return 2 * x.abs() * dy
