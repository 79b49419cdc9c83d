"""Norms: with and without weights, over odd shapes."""
import torch
from torch import nn
from torch.nn import functional as F

from cases.common import gradients, module_gradients


def drawn(module):
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -1, 2)
    return module


def cases():
    rows, images = 3 * torch.randn(4, 7), 2 * torch.randn(2, 6, 3, 2) + 1
    return {
        "layer_norm": module_gradients(drawn(nn.LayerNorm(7)), rows),
        "rms_norm": module_gradients(drawn(nn.RMSNorm(7)), rows),
        "rms_norm_epsilon": gradients(lambda x: F.rms_norm(x, (7,), eps=0.1), x=rows),
        "group_norm_1": module_gradients(drawn(nn.GroupNorm(1, 6)), images),
        "group_norm_3": module_gradients(drawn(nn.GroupNorm(3, 6)), images),
        "group_norm_rows": module_gradients(drawn(nn.GroupNorm(2, 6)), torch.randn(5, 6)),
        "instance_norm": module_gradients(drawn(nn.InstanceNorm2d(6, affine=True)), images),
        "instance_norm_plain": module_gradients(nn.InstanceNorm1d(6), torch.randn(3, 6, 4)),
    }
