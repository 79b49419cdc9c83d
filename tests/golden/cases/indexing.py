"""Running sums and choices of elements."""
import torch
from torch.nn import functional as F

from cases.common import gradients


def cases():
    x = torch.randn(3, 4, 2)
    result = {f"cumsum{axis}": gradients(lambda x: x.cumsum(axis), x=x) for axis in range(3)}
    index = torch.arange(30).reshape(3, 5, 2) * 3 % 4
    condition = torch.arange(6).reshape(3, 1, 2) * 5 % 3 != 0
    table, tokens = torch.randn(6, 3), torch.arange(8).reshape(2, 4) * 3 % 5
    return result | {
        "gather": gradients(lambda x, index: x.gather(1, index), x=x, index=index),
        "index_select": gradients(lambda x, index: x.index_select(0, index), x=x,
                                  index=torch.tensor([2, 0, 2])),
        "where": gradients(lambda x, b, condition: torch.where(condition, x, b), x=x,
                           b=torch.randn(4, 1), condition=condition),
        "embedding": gradients(lambda x, index: F.embedding(index, x), x=table, index=tokens),
    }
