"""torch.autograd.functional: vector-Jacobian, Jacobian-vector and Hessian-vector products."""
import torch
from torch.autograd.functional import hvp, jvp, vjp


def layer(x, w, b):
    return torch.tanh(x @ w.T + b)


def loss(x, w, b):
    return torch.nn.functional.cross_entropy(layer(x, w, b), torch.tensor([3, 0, 4]))


def named(name, values):
    return {f"{name}_{of}": value for of, value in zip("xwb", values)}


def cases():
    inputs = torch.randn(3, 7), torch.randn(5, 7) / 2, torch.randn(5)
    along = tuple(torch.randn_like(x) for x in inputs)
    seed = torch.randn(3, 5)
    value, forward = jvp(layer, inputs, along)
    scalar, curvature = hvp(loss, inputs, along)
    given = {**dict(zip("xwb", inputs)), **named("v", along)}
    return {
        "vjp": given | {"seed": seed, "y": value} | named("product", vjp(layer, inputs, seed)[1]),
        "jvp": given | {"y": value, "product": forward},
        "hvp": given | {"y": scalar} | named("product", curvature),
    }
