"""Scaled dot product attention; axes are batch, head, place, width."""
import torch
from torch.nn.functional import scaled_dot_product_attention as attend

from cases.common import gradients


def cases():
    def numbers(heads, kv_heads, t, s, d=3, e=3):
        return {"q": 3 * torch.randn(1, heads, t, d), "k": torch.randn(1, kv_heads, s, d),
                "v": torch.randn(1, kv_heads, s, e)}

    def attended(inputs, **options):
        return gradients(lambda q, k, v: attend(q, k, v, **options), **inputs)

    seen = torch.rand(5, 6) < 0.6
    seen[:, 2] = True  # for a row that sees nothing PyTorch gives NaN
    added = 2 * torch.randn(5, 6)
    return {
        "causal": attended(numbers(2, 2, 5, 5), is_causal=True),
        "masked": attended(numbers(2, 2, 5, 6, 3, 4), attn_mask=seen) | {"mask": seen},
        "added": attended(numbers(2, 2, 5, 6), attn_mask=added) | {"mask": added},
        "grouped": attended(numbers(6, 2, 5, 5), is_causal=True, enable_gqa=True),
        "one_key_head": attended(numbers(3, 1, 5, 6, 2, 5), attn_mask=added, scale=0.3,
                                 enable_gqa=True) | {"mask": added, "scale": 0.3},
    }
