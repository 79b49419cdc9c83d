#!/usr/bin/env python3
"""Writes the golden numbers of this folder: what PyTorch gives in f64 for inputs made by a formula.

    python tests/golden/generate.py [FOLDER]

Needs PyTorch 2. The docstring of each function below becomes the head of one header, and says which
inputs belong to the numbers: "#3 [4, 7]" is array number 3 of that shape, whose element i, in C
order, is ((i + 271 * 3)^5 mod 997 - 498) / 996; see value.h. The gradients are those of
sum(y * dy), or of a loss. After a change run tests/house/format and the tests that include them.
"""
import inspect
import math
import pathlib
import sys
import textwrap

import torch
from torch.nn import functional as F

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def numbers(array, *shape):
    i = torch.arange(math.prod(shape))
    return ((((i + 271 * array) % 997) ** 5 % 997 - 498).double() / 996).reshape(shape)


def whole(shape, factor, offset, modulus):
    """Element i, in C order, is (factor * i + offset) mod modulus."""
    i = torch.arange(math.prod(shape))
    return ((factor * i + offset) % modulus).reshape(shape)


def gradients(f, dy, **inputs):
    """y = f(inputs), and d<name> for each input; dy: a tensor, or the number of an array like y."""
    leaves = {name: x.clone().requires_grad_() for name, x in inputs.items()}
    y = f(*leaves.values())
    dy = numbers(dy, *y.shape) if isinstance(dy, int) else dy
    grads = torch.autograd.grad(y, list(leaves.values()), dy)
    return {"y": y} | {f"d{name}": grad for name, grad in zip(leaves, grads)}


def prefixed(prefix, results):
    return {f"{prefix}_{name}": value for name, value in results.items()}


def embedding():
    """Rows of a table, some taken several times and some never.
    table = #0 [6, 3], indices [2, 4] with element i = 3 i mod 5, dy = #1 [2, 4, 3]."""
    return gradients(lambda table: F.embedding(whole((2, 4), 3, 0, 5), table), 1,
                     table=numbers(0, 6, 3))


def clip_grad_norm():
    """Clipping by the norm of all gradients together: g0 = #0 [5], g1 = #1 [2, 3], g2 = #2 [7].
    norm: before. clipped_*: what is left for a norm of 1, which PyTorch multiplies by
    1 / (norm + 1e-6). With a norm of 2 nothing changes."""
    parameters = [torch.zeros(shape).double().requires_grad_() for shape in ((5,), (2, 3), (7,))]
    for p, parameter in enumerate(parameters):
        parameter.grad = numbers(p, *parameter.shape)
    norm = torch.nn.utils.clip_grad_norm_(parameters, 2)
    assert all(torch.equal(x.grad, numbers(p, *x.shape)) for p, x in enumerate(parameters))
    torch.nn.utils.clip_grad_norm_(parameters, 1)
    return {"norm": norm} | {f"clipped_g{p}": x.grad for p, x in enumerate(parameters)}


def indexing():
    """Cumulative sums and choices of elements; x = #0 [3, 4, 2] throughout.
    cumsum0, cumsum1, cumsum2: along that axis, dy = #1 [3, 4, 2].
    gather: along axis 1 with index [3, 5, 2], element i = 3 i mod 4, dy = #1 [3, 5, 2].
    index_select: rows 2, 0, 2 of axis 0, dy = #1 [3, 4, 2].
    where: a = x and b = #2 [4, 1] (broadcast); a counts where element i of the condition [3, 1, 2],
    5 i mod 3, is not 0; dy = #1 [3, 4, 2]."""
    x = numbers(0, 3, 4, 2)
    result = {}
    for axis in range(3):
        result |= prefixed(f"cumsum{axis}", gradients(lambda x: x.cumsum(axis), 1, x=x))
    index, condition = whole((3, 5, 2), 3, 0, 4), whole((3, 1, 2), 5, 0, 3) != 0
    rows = torch.tensor([2, 0, 2])
    return (result | prefixed("gather", gradients(lambda x: x.gather(1, index), 1, x=x)) |
            prefixed("index_select", gradients(lambda x: x.index_select(0, rows), 1, x=x)) |
            prefixed("where", gradients(lambda a, b: torch.where(condition, a, b), 1, a=x,
                                        b=numbers(2, 4, 1))))


def write(folder, family):
    """One header a family; of each number the digits that tell it apart (up to 17)."""
    head = inspect.cleandoc(family.__doc__).splitlines()
    lines = [f"// {head[0]}"] + [f"// {line}" for line in head[1:]]
    lines += [f"// Written by generate.py with PyTorch {torch.__version__.split('+')[0]}; f64.",
              "#pragma once", "", f"namespace golden::{family.__name__} {{", "",
              "// clang-format off"]
    for name, tensor in family().items():
        assert tensor.dtype == torch.float64
        values = [repr(x) for x in tensor.flatten().tolist()]
        if tensor.dim() == 0:
            lines.append(f"inline constexpr double {name} = {values[0]};")
            continue
        lines.append(f"inline constexpr double {name}[] = {{  // {list(tensor.shape)}")
        lines += textwrap.wrap(", ".join(values), 100, initial_indent=" " * 4,
                               subsequent_indent=" " * 4, break_on_hyphens=False)
        lines.append("};")
    lines += ["// clang-format on", "", f"}}  // namespace golden::{family.__name__}", ""]
    (folder / f"{family.__name__}.h").write_text("\n".join(lines))


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "tests/golden")
    for family in (embedding, clip_grad_norm, indexing):
        write(folder, family)
