"""Convolutions, straight and transposed, as functions and as modules."""
import torch
from torch import nn
from torch.nn import functional as F

from cases.common import gradients, module_gradients


def convolve(function, options, x, w, bias=True):
    """gradients() of function(x, weight, bias, **options), and the options as lists of numbers."""
    inputs = {"x": torch.randn(x), "weight": torch.randn(w)}
    if bias:
        outputs = w[1] * options.get("groups", 1) if function is F.conv_transpose2d else w[0]
        inputs["bias"] = torch.randn(outputs)

    def call(x, weight, bias=None):
        return function(x, weight, bias, **options)

    return gradients(call, **inputs) | {name: torch.tensor(value).reshape(-1)
                                        for name, value in options.items()}


def cases():
    conv, transposed, sequence = F.conv2d, F.conv_transpose2d, F.conv1d
    return {
        "plain": convolve(conv, {}, (1, 2, 4, 3), (3, 2, 2, 2)),
        "strided": convolve(conv, {"stride": 2, "padding": 1}, (2, 2, 5, 3), (2, 2, 3, 3)),
        "oblong": convolve(conv, {"stride": (2, 1), "padding": (0, 2)}, (1, 2, 4, 5), (2, 2, 2, 3),
                           bias=False),
        "dilated": convolve(conv, {"padding": 1, "dilation": 2}, (1, 2, 5, 4), (2, 2, 3, 2)),
        "grouped": convolve(conv, {"stride": 2, "padding": 1, "dilation": 2, "groups": 2},
                            (1, 4, 5, 5), (2, 2, 3, 2)),
        "depthwise": convolve(conv, {"stride": (1, 2), "padding": 1, "groups": 2}, (1, 2, 4, 5),
                              (4, 1, 3, 2)),
        "sequence": convolve(sequence, {"stride": 2, "padding": 2, "dilation": 2, "groups": 2},
                             (1, 4, 7), (4, 2, 3)),
        "transposed": convolve(transposed, {}, (1, 2, 3, 2), (2, 2, 2, 3)),
        "transposed_strided": convolve(
            transposed, {"stride": 2, "padding": 1, "output_padding": 1}, (1, 2, 2, 3),
            (2, 2, 3, 3)),
        "transposed_grouped": convolve(
            transposed, {"stride": (3, 2), "padding": (1, 0), "output_padding": (2, 1),
                         "dilation": (1, 2), "groups": 2}, (1, 4, 2, 2), (4, 1, 2, 3)),
        "transposed_dilated": convolve(
            transposed, {"output_padding": 1, "dilation": 2}, (1, 1, 3, 3), (1, 2, 2, 2),
            bias=False),
        "module_conv2d": module_gradients(
            nn.Conv2d(4, 4, (3, 2), stride=2, padding=1, groups=2), torch.randn(1, 4, 4, 3)),
        "module_conv1d": module_gradients(nn.Conv1d(2, 2, 3, padding=1), torch.randn(1, 2, 5)),
        "module_conv_transpose2d": module_gradients(
            nn.ConvTranspose2d(2, 4, (3, 2), stride=2, output_padding=1, groups=2),
            torch.randn(1, 2, 2, 2)),
    }
