"""torch.nn.TransformerEncoderLayer and DecoderLayer: width 4, 2 heads, 5 hidden, batch first."""
import torch
from torch import nn

from cases.common import module_gradients


class Decoder(nn.Module):
    """Each place sees those before it, and all of the memory."""

    def __init__(self, **options):
        super().__init__()
        self.layer = nn.TransformerDecoderLayer(4, 2, 5, dropout=0, batch_first=True, **options)

    def forward(self, x, memory):
        hidden = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        return self.layer(x, memory, tgt_mask=hidden)


def scrambled(module):
    for parameter in module.parameters():
        nn.init.normal_(parameter, mean=float(parameter.dim() == 1), std=0.5)
    return module


def cases():
    def encoder(**options):
        layer = nn.TransformerEncoderLayer(4, 2, 5, dropout=0, batch_first=True, **options)
        return module_gradients(scrambled(layer), torch.randn(2, 3, 4))

    def decoder(**options):
        return module_gradients(scrambled(Decoder(**options)), torch.randn(2, 3, 4),
                                torch.randn(2, 4, 4))

    tanh = lambda x: nn.functional.gelu(x, approximate="tanh")  # noqa: E731
    return {
        "post_norm_relu": encoder(),
        "pre_norm_gelu": encoder(activation="gelu", norm_first=True, layer_norm_eps=1e-3),
        "post_norm_gelu_tanh": encoder(activation=tanh, bias=False),
        "decoder_pre_norm": decoder(norm_first=True),
        "decoder_post_norm": decoder(activation="gelu"),
    }
