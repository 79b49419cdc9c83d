"""Learning rates over steps. Names say the options: tests/optim/schedule_test.cpp has the same."""
import torch
from torch.optim import lr_scheduler


def sequence(optimizer):
    warmup = lr_scheduler.LinearLR(optimizer, start_factor=0.1, end_factor=1, total_iters=5)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, 9, 0.01)
    constant = lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=100)
    return lr_scheduler.SequentialLR(optimizer, [warmup, cosine, constant], [5, 15])


def rates(make, steps, lr=0.3):
    optimizer = torch.optim.SGD([torch.zeros(1).requires_grad_()], lr)
    schedule = make(optimizer)
    result = []
    for _ in range(steps):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return {"lr": torch.tensor(result)}


def plateau(metrics, **options):
    optimizer = torch.optim.SGD([torch.zeros(1).requires_grad_()], 0.3)
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    result = []
    for metric in metrics.tolist():
        schedule.step(metric)
        result.append(optimizer.param_groups[0]["lr"])
    return {"metric": metrics, "lr": torch.tensor(result)}


def cases():
    schedules = {
        "step": lambda o: lr_scheduler.StepLR(o, 4, 0.7),
        "multi_step": lambda o: lr_scheduler.MultiStepLR(o, [2, 3, 11], 0.5),
        "exponential": lambda o: lr_scheduler.ExponentialLR(o, 0.9),
        "polynomial": lambda o: lr_scheduler.PolynomialLR(o, 13, 1.7),
        "linear": lambda o: lr_scheduler.LinearLR(o, 0.25, 1.0, 7),
        "sequence": sequence,
    }
    result = {name: rates(make, 20) for name, make in schedules.items()}
    result["cosine"] = rates(lambda o: lr_scheduler.CosineAnnealingLR(o, 16, 0.02), 17)
    result["one_cycle"] = rates(lambda o: lr_scheduler.OneCycleLR(o, 0.3, total_steps=23), 23)
    result["one_cycle_short"] = rates(lambda o: lr_scheduler.OneCycleLR(
        o, 0.3, total_steps=17, pct_start=0.45, div_factor=7.0, final_div_factor=30.0), 17)
    noise = torch.rand(40) - 0.5
    falling = torch.exp(-torch.arange(40) / 8) + 0.1 * noise
    result["plateau"] = plateau(falling, factor=0.5, patience=2, threshold=0.01)
    result["plateau_rest"] = plateau(falling, factor=0.3, patience=1, threshold=0.02, cooldown=3,
                                     threshold_mode="abs", min_lr=0.02)
    result["plateau_max"] = plateau(1 - falling, mode="max", factor=0.5, patience=1, threshold=0.01)
    result["plateau_max_abs"] = plateau(1 - falling, mode="max", factor=0.5, patience=0,
                                        threshold=0.02, threshold_mode="abs")
    result["plateau_epsilon"] = plateau(falling, factor=0.5, patience=2, threshold=0.01, eps=0.05)
    return result
