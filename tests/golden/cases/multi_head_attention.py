"""torch.nn.MultiheadAttention: width 4, 2 heads, batch first."""
import torch

from cases.common import module_gradients


class Attention(torch.nn.Module):
    """Its output alone, from inputs x0 (query) and, where there is one, x1 (key) and x2 (value)."""

    def __init__(self, bias=True, **options):
        super().__init__()
        self.attend, self.options = torch.nn.MultiheadAttention(4, 2, bias=bias, batch_first=True), options
        for parameter in self.parameters():
            torch.nn.init.normal_(parameter, std=0.5)

    def forward(self, *inputs):
        return self.attend(*(inputs if len(inputs) == 3 else inputs * 3), need_weights=False,
                           **self.options)[0]


def cases():
    x, key, value = torch.randn(2, 3, 4), torch.randn(2, 5, 4), torch.randn(2, 5, 4)
    hidden = torch.rand(3, 3) < 0.4
    hidden[:, 1] = False
    added = torch.randn(3, 5)
    padding = torch.tensor([[False] * 5, [False, True, False, True, True]])
    return {
        "self": module_gradients(Attention(), x),
        "without_bias": module_gradients(Attention(bias=False), x),
        "cross": module_gradients(Attention(), x, key, value),
        "boolean": module_gradients(Attention(attn_mask=hidden), x) | {"mask": hidden},
        "added": module_gradients(Attention(attn_mask=added), x, key, value) | {"mask": added},
        "padded": module_gradients(Attention(key_padding_mask=padding), x, key, value) | {
            "mask": padding[:, None, None]},
    }
