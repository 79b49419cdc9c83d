"""Maxima and averages of windows."""
import torch
from torch.nn import functional as F

from cases.common import gradients


def cases():
    functions = {
        "max": lambda x: F.max_pool2d(x, 2),
        "max_overlapping": lambda x: F.max_pool2d(x, 3, 2, 1),
        "max_oblong": lambda x: F.max_pool2d(x, (3, 2), (1, 2), (1, 0)),
        "max_dilated": lambda x: F.max_pool2d(x, 2, 1, 1, (2, 3)),
        "max_adaptive": lambda x: F.adaptive_max_pool2d(x, (3, 4)),
        "avg": lambda x: F.avg_pool2d(x, 2),
        "avg_padded": lambda x: F.avg_pool2d(x, 3, 2, 1),
        "avg_inside": lambda x: F.avg_pool2d(x, (3, 2), (2, 1), 1, count_include_pad=False),
        "avg_adaptive": lambda x: F.adaptive_avg_pool2d(x, (3, 4)),
        "avg_adaptive_more": lambda x: F.adaptive_avg_pool2d(x, (7, 1)),
    }
    sequences = {
        "max1d": lambda x: F.max_pool1d(x, 3, 2, 1),
        "max1d_dilated": lambda x: F.max_pool1d(x, 2, dilation=3),
        "max1d_adaptive": lambda x: F.adaptive_max_pool1d(x, 4),
        "avg1d": lambda x: F.avg_pool1d(x, 3, 2, 1),
        "avg1d_inside": lambda x: F.avg_pool1d(x, 4, 3, 2, count_include_pad=False),
        "avg1d_adaptive": lambda x: F.adaptive_avg_pool1d(x, 4),
    }
    return ({name: gradients(f, x=torch.randn(1, 2, 6, 5)) for name, f in functions.items()} |
            {name: gradients(f, x=torch.randn(1, 2, 11)) for name, f in sequences.items()})
