"""What families share."""
import torch


def gradients(f, **inputs):
    """The inputs, y = f(inputs), a random dy of its shape, and d<name> of sum(y * dy) for each input
    of floats."""
    leaves = {name: x.clone().requires_grad_() if x.is_floating_point() else x
              for name, x in inputs.items()}
    y = f(**leaves)
    dy = torch.randn_like(y)
    wanted = {name: leaf for name, leaf in leaves.items() if leaf.requires_grad}
    grads = torch.autograd.grad(y, list(wanted.values()), dy)
    return inputs | {"y": y, "dy": dy} | {f"d{name}": g for name, g in zip(wanted, grads)}


def module_gradients(module, *inputs):
    """The same of a module with one output: x0, x1, ... are its inputs, and its parameters, buffers
    and their gradients go by their paths: "weight", "dweight"."""
    leaves = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    result = {name: x.clone() for name, x in module.state_dict().items()}
    y = module(*leaves)
    dy = torch.randn_like(y)
    module.zero_grad()
    y.backward(dy)
    result |= {f"x{i}": x for i, x in enumerate(inputs)} | {"y": y, "dy": dy}
    result |= {f"dx{i}": x.grad for i, x in enumerate(leaves) if x.requires_grad}
    result |= {f"d{name}": x.grad for name, x in module.named_parameters()}
    return result | {f"after.{name}": x.clone() for name, x in module.named_buffers()}


def optimizer_steps(make, steps=10):
    """values [steps + 1, 7]: a parameter before the first step and after each; gradients [steps, 7]."""
    parameter = torch.randn(7).requires_grad_()
    optimizer = make([parameter])
    values, grads = [parameter.detach().clone()], torch.randn(steps, 7)
    for grad in grads:
        parameter.grad = grad.clone()
        optimizer.step()
        values.append(parameter.detach().clone())
    return {"values": torch.stack(values), "gradients": grads}
