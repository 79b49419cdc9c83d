"""Batch normalisation while training, at odd shapes: forward, gradients, running statistics behind it."""
import torch
from torch import nn

from cases.common import module_gradients


def cases():
    def norm(kind, channels, *shape, **options):
        module = kind(channels, **options)
        if module.affine:
            module.weight.data.normal_()
            module.bias.data.normal_()
        module.running_mean.normal_()
        module.running_var.uniform_(0.5, 2)
        result = module_gradients(module, 3 * torch.randn(*shape) + 1)
        result["eval"] = module.eval()(result["x0"])
        return {k: v for k, v in result.items() if "tracked" not in k}

    return {
        "1d": norm(nn.BatchNorm1d, 5, 7, 5),
        "1d_length": norm(nn.BatchNorm1d, 3, 4, 3, 5, momentum=0.3, eps=1e-2),
        "2d": norm(nn.BatchNorm2d, 3, 2, 3, 5, 7),
        "2d_plain": norm(nn.BatchNorm2d, 2, 1, 2, 3, 3, affine=False),
    }
