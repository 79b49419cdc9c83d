"""Activation functions from -6 to 6, and at 0."""
import torch
from torch.nn import functional as F

from cases.common import gradients


def cases():
    x = torch.linspace(-6, 6, 25)
    functions = {
        "elu": F.elu, "elu_scaled": lambda x: F.elu(x, 0.3), "gelu": F.gelu,
        "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "leaky_relu": F.leaky_relu,
        "log_softmax": lambda x: F.log_softmax(x, -1), "relu": F.relu, "sigmoid": torch.sigmoid,
        "silu": F.silu, "softmax": lambda x: F.softmax(x, -1),
        "softplus": lambda x: F.softplus(x, threshold=50), "tanh": torch.tanh,
    }
    return {name: gradients(lambda x: f(x), x=x) for name, f in functions.items()}
