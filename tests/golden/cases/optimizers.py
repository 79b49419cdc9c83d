"""Ten steps of every optimizer."""
import torch

from cases.common import optimizer_steps


def cases():
    optim = torch.optim
    rules = {
        "adamw": lambda p: optim.AdamW(p, lr=0.01, betas=(0.9, 0.99), weight_decay=0.1),
    }
    return {name: optimizer_steps(make) for name, make in rules.items()}
