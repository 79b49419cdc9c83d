"""Clipping by the norm of all gradients together; PyTorch divides by norm + 1e-6."""
import torch


def cases():
    grads = [torch.randn(shape) / 3 for shape in ((5,), (2, 3), (7,))]
    parameters = [torch.zeros_like(grad).requires_grad_() for grad in grads]
    for parameter, grad in zip(parameters, grads):
        parameter.grad = grad.clone()
    norm = torch.nn.utils.clip_grad_norm_(parameters, 2)
    assert 1 < norm < 2
    torch.nn.utils.clip_grad_norm_(parameters, 1)
    return {"three": {"norm": norm.item()} | {f"g{p}": grad for p, grad in enumerate(grads)} |
            {f"clipped{p}": x.grad for p, x in enumerate(parameters)}}
