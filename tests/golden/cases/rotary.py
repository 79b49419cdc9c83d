"""Rotary positions: pairs as complex numbers, and by halves as Hugging Face's Llama computes them."""
import torch

from cases.common import gradients


def angles(x, base, offset):
    frequencies = base ** (-torch.arange(0, x.shape[-1], 2) / x.shape[-1])
    return torch.outer(offset + torch.arange(x.shape[-2]), frequencies)


def interleaved(x, base, offset):
    angle = angles(x, base, offset)
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angle), angle)).flatten(-2)


def halves(x, base, offset):
    angle = angles(x, base, offset).repeat(1, 2)
    first, second = x.chunk(2, dim=-1)
    return x * angle.cos() + torch.cat((-second, first), dim=-1) * angle.sin()


def cases():
    result = {}
    for name, rotate in {"halves": halves, "interleaved": interleaved}.items():
        for base, offset in ((10000.0, 0), (500.0, 37)):
            x = torch.randn(2, 3, 5, 4)
            result[f"{name}{offset}"] = gradients(lambda x: rotate(x, base, offset), x=x) | {
                "base": base, "offset": offset}
    return result
