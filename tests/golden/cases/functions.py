"""Functions of tensors: reductions, shapes, choices, order, elementwise."""
import torch

from cases.common import gradients


def ties(*shape):
    """Few different numbers, a zero and some equal ones."""
    return torch.randint(-2, 3, shape).double() * 0.75


def cases():
    inf = float("inf")
    x = torch.randn(2, 4, 3)
    square = torch.randn(2, 4, 3)
    positions = torch.tensor([[0, 2, 2, 1], [3, 0, 3, 3]])
    distinct = torch.tensor([[0, 2, 3, 1], [3, 0, 2, 1]])
    mask = (torch.arange(12).reshape(4, 3) * 7 % 5 == 0)
    zeros = torch.randn(3, 5)
    zeros[0, 1] = 0
    zeros[1, 0] = zeros[1, 3] = 0
    far = torch.cat([torch.randn(5) * 3, torch.tensor([-30.0, 25.0])])
    axes = (0, 2)

    def of(f, **inputs):
        return gradients(f, **(inputs or {"x": x}))

    def elementwise(f, x=far):
        return gradients(lambda x: f(x), x=x)

    result = {
        "sum": of(lambda x: x.sum(axes)),
        "mean": of(lambda x: x.mean(axes, keepdim=True)),
        "var": of(lambda x: x.var(axes)),
        "var0": of(lambda x: x.var(1, correction=0, keepdim=True)),
        "amax": of(lambda x: x.amax(axes), x=ties(3, 4, 2)),
        "amin": of(lambda x: x.amin(1), x=ties(3, 4, 2)),
        "prod": of(lambda x: x.prod(1), x=zeros),
        "prod_all": of(lambda x: x.prod(), x=zeros[2]),
        "logsumexp": of(lambda x: x.logsumexp(axes)),
        "norm1": of(lambda x: torch.linalg.vector_norm(x, 1, (1, 2))),
        "norm2": of(lambda x: torch.linalg.vector_norm(x, 2, axes)),
        "norminf": of(lambda x: torch.linalg.vector_norm(x, inf, (0,)), x=ties(4, 3)),
        "cumprod": of(lambda x: x.cumprod(1), x=zeros),
        "cumprod0": of(lambda x: x.cumprod(0), x=zeros),
        "roll": of(lambda x: x.roll((2, -1), (1, 2))),
        "flip": of(lambda x: x.flip((0, 2))),
        "pad": of(lambda x: torch.nn.functional.pad(x, (1, 0, 0, 2, 1, 1), value=0.5)),
        "repeat": of(lambda x: x.repeat(2, 1, 3, 2), x=x[:2, :2, :2]),
        "tril": of(lambda x: x.tril(-1), x=square),
        "triu": of(lambda x: x.triu(1), x=square),
        "masked_fill": of(lambda x, mask: x.masked_fill(mask != 0, -1.5), x=x, mask=mask.long()),
        "scatter_add": of(lambda x, indices, v: x.scatter_add(1, indices, v), x=x[:, :, 0],
                          indices=positions, v=torch.randn(2, 4)),
        "scatter": of(lambda x, indices, v: x.scatter(1, indices, v), x=x[:, :, 0],
                      indices=distinct, v=torch.randn(2, 4)),
        "sort": of(lambda x: x.sort(1).values) | {"indices": x.sort(1).indices},
        "sort_down": of(lambda x: x.sort(0, descending=True).values),
        "topk": of(lambda x: x.topk(2, 2).values) | {"indices": x.topk(2, 2).indices},
        "topk_least": of(lambda x: x.topk(2, 1, largest=False).values),
        "maximum": of(lambda x, v: torch.maximum(x, v), x=ties(3, 4), v=ties(4)),
        "minimum": of(lambda x, v: torch.minimum(x, v), x=ties(3, 4), v=ties(4)),
    }
    functional = torch.nn.functional
    for name, f in {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "softplus": functional.softplus,
                    "silu": functional.silu, "relu6": functional.relu6, "elu": functional.elu,
                    "leaky_relu": functional.leaky_relu, "erf": torch.erf, "sin": torch.sin,
                    "cos": torch.cos, "abs": torch.abs, "sign": torch.sign, "floor": torch.floor,
                    "ceil": torch.ceil, "round": torch.round}.items():
        result[name] = elementwise(f)
    result["round_halves"] = {"x": torch.arange(-5, 6) / 2, "y": (torch.arange(-5, 6) / 2).round()}
    result["log1p"] = elementwise(torch.log1p, torch.rand(7) - 0.9)
    result["expm1"] = elementwise(torch.expm1, torch.randn(7) * 1e-3)
    result["pow"] = elementwise(lambda x: x.pow(2.5), torch.rand(7) + 0.1)
    # Whole numbers.
    a, b = torch.tensor([7, -7, 7, -7, 0, 6, -6]), torch.tensor([2, 2, -2, -2, 5, 3, 3])
    result["integers"] = {"a": a, "b": b, "floor_divide": a // b, "remainder": a % b}
    return result
