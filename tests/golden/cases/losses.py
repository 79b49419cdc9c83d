"""Losses. Options that are numbers go by their names beside the tensors."""
import torch
from torch.nn import functional as F

from cases.common import gradients


def classes():
    labels = torch.tensor([1, 4, 2, 0, 3, 1])
    ignored = torch.tensor([1, 4, -100, 0, 3, -100])
    weight = torch.rand(5) + 0.5
    inputs = {"logits": 4 * torch.randn(6, 5)}
    options = {
        "plain": (labels, {}), "ignored": (ignored, {}), "weighted": (labels, {"weight": weight}),
        "smoothed": (labels, {"label_smoothing": 0.1}),
        "all": (ignored, {"weight": weight, "label_smoothing": 0.1}),
        "sum": (ignored, {"weight": weight, "label_smoothing": 0.1, "reduction": "sum"}),
    }
    result = {}
    for name, (target, given) in options.items():
        result[f"cross_entropy_{name}"] = given | {"labels": target} | gradients(
            lambda logits: F.cross_entropy(logits, target, **given), **inputs)
        given = {key: value for key, value in given.items() if key != "label_smoothing"}
        if name != "smoothed":
            result[f"nll_{name}"] = given | {"labels": target} | gradients(
                lambda x: F.nll_loss(x, target, **given), x=F.log_softmax(inputs["logits"], -1))
    return result


def elements():
    pair = {"x": 2 * torch.randn(4, 5), "target": torch.randn(4, 5)}
    chance = {"x": 3 * torch.randn(4, 5), "target": torch.rand(4, 5)}
    weight, pos_weight = torch.rand(4, 1), 3 * torch.rand(5)
    logs = {"x": F.log_softmax(torch.randn(4, 5), -1)}
    share, share0 = torch.softmax(torch.randn(4, 5), -1), torch.eye(4, 5)
    result = {}
    for reduction in ("mean", "sum"):
        def add(name, f, inputs, **given):
            result[f"{name}_{reduction}"] = given | {"reduction": reduction} | gradients(
                lambda **x: f(**x, reduction=reduction), **inputs)
        add("mse", lambda x, target, **r: F.mse_loss(x, target, **r), pair)
        add("l1", lambda x, target, **r: F.l1_loss(x, target, **r), pair)
        add("huber", lambda x, target, **r: F.huber_loss(x, target, delta=0.7, **r), pair,
            delta=0.7)
        add("smooth_l1", lambda x, target, **r: F.smooth_l1_loss(x, target, beta=0.7, **r), pair,
            beta=0.7)
        bce = F.binary_cross_entropy_with_logits
        add("bce", lambda x, target, **r: bce(x, target, **r), chance)
        add("bce_weighted", lambda x, target, **r: bce(
            x, target, weight, pos_weight=pos_weight, **r), chance, weight=weight,
            pos_weight=pos_weight)
        add("kl", lambda x, target, **r: F.kl_div(x, target, **r), logs | {"target": share})
        add("kl_zeros", lambda x, **r: F.kl_div(x, share0, **r), logs, constant=share0)
        add("kl_log", lambda x, target, **r: F.kl_div(x, target, log_target=True, **r),
            logs | {"target": share.log()})
        signs = torch.tensor([1, -1, -1, 1])
        add("cosine_embedding", lambda a, b, **r: F.cosine_embedding_loss(
            a, b, signs, margin=0.1, **r),
            {"a": torch.randn(4, 5), "b": torch.randn(4, 5)}, signs=signs, margin=0.1)
    pairs = {"a": torch.randn(3, 4, 2), "b": torch.randn(3, 4, 2)}
    result["cosine_similarity"] = gradients(lambda a, b: F.cosine_similarity(a, b, 1), **pairs)
    return result


def cases():
    return classes() | elements()
