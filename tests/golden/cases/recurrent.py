"""Recurrent layers: outputs, last states, and the gradients of all inputs and parameters."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def short(*shape):
    """Numbers of few digits."""
    return (torch.randn(shape) * 50).round() / 100


def run(kind, options=None, lengths=None, start=True, steps=3, batch=3):
    options = options or {}
    module = getattr(nn, kind)(3, 2, **options)
    for parameter in module.parameters():
        parameter.data = short(*parameter.shape)
    directions = (2 if module.bidirectional else 1) * module.num_layers
    x = short(*((batch, steps, 3) if module.batch_first else (steps, batch, 3))).requires_grad_()
    result = {"x": x.detach().clone()}
    states = {name: short(directions, batch, 2).requires_grad_()
              for name in (["h0", "c0"] if kind == "LSTM" else ["h0"])} if start else {}
    given = tuple(states.values()) if kind == "LSTM" else states.get("h0")
    inputs = x
    if lengths:
        result["lengths"] = torch.tensor(lengths)
        inputs = pack_padded_sequence(x, lengths, module.batch_first, enforce_sorted=False)
    y, last = module(inputs, given) if start else module(inputs)
    if lengths:
        y, _ = pad_packed_sequence(y, module.batch_first, total_length=steps)
    outputs = {"y": y} | dict(zip(("h", "c"), last if kind == "LSTM" else (last,)))
    loss = 0
    for name, value in outputs.items():
        result[name] = value.detach().clone()
        result["g" + name] = short(*value.shape)
        loss = loss + (value * result["g" + name]).sum()
    loss.backward()
    for name, value in {"x": x, **states, **dict(module.named_parameters())}.items():
        result[name] = value.detach().clone()
        result["d" + name] = value.grad
    return result


def cases():
    result = {}
    for kind in ("RNN", "LSTM", "GRU"):
        name = kind.lower()
        result[f"{name}_one"] = run(kind, {"bias": False}, start=False, batch=2)
        result[f"{name}_two"] = run(kind, {"num_layers": 2, "batch_first": True}, batch=2)
        if kind != "RNN":
            result[f"{name}_both"] = run(kind, {"bidirectional": True, "bias": False},
                                         steps=2, batch=2)
        result[f"{name}_lengths"] = run(kind, {"num_layers": 2, "bidirectional": True}, [3, 2],
                                        steps=4, batch=2)
    result["rnn_relu"] = run("RNN", {"nonlinearity": "relu"}, [3, 1], batch=2)
    return result
