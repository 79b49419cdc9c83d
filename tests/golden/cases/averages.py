"""Averages of weights over ten updates."""
import torch
from torch.optim import swa_utils


def cases():
    """weights and averages [10, 3, 5]: before and after each update; decay 0.8."""
    model = torch.nn.Linear(5, 3, bias=False)
    average = swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.8))
    weights, averages = torch.randn(10, 3, 5), []
    for weight in weights:
        model.weight.data = weight.clone()
        average.update_parameters(model)
        averages.append(average.module.weight.detach().clone())
    return {"exponential": {"weights": weights, "averages": torch.stack(averages), "decay": 0.8}}
