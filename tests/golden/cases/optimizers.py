"""Ten steps of every optimizer. Names say the options: tests/optim/golden_test.cpp has the same."""
import torch

from cases.common import optimizer_steps


def cases():
    optim = torch.optim
    rules = {
        "adamw": lambda p: optim.AdamW(p, lr=0.01, betas=(0.9, 0.99), weight_decay=0.1),
        "adam": lambda p: optim.Adam(p, lr=0.02),
        "adam_decay": lambda p: optim.Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-4,
                                           weight_decay=0.3),
        "sgd": lambda p: optim.SGD(p, lr=0.1),
        "sgd_decay": lambda p: optim.SGD(p, lr=0.1, weight_decay=0.2),
        "sgd_momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.2),
        "sgd_nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.8, nesterov=True,
                                            weight_decay=0.2),
        "rmsprop": lambda p: optim.RMSprop(p, lr=0.02, alpha=0.9),
        "rmsprop_momentum": lambda p: optim.RMSprop(p, lr=0.02, alpha=0.9, momentum=0.7,
                                                    weight_decay=0.2),
        "rmsprop_centered": lambda p: optim.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-3, centered=True),
        "rmsprop_centered_momentum": lambda p: optim.RMSprop(
            p, lr=0.02, alpha=0.9, eps=1e-3, momentum=0.7, centered=True, weight_decay=0.2),
        "adagrad": lambda p: optim.Adagrad(p, lr=0.1),
        "adagrad_decay": lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.2, weight_decay=0.3, eps=1e-3,
                                                 initial_accumulator_value=0.5),
    }
    return {name: optimizer_steps(make) for name, make in rules.items()}
