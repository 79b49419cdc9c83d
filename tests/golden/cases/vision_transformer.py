"""A vision transformer of torch.nn's parts: images of 4 x 6 with 2 channels, patches of 2 x 3, width 4, 2 heads,
2 layers, 3 classes. Patches are cut by Unfold; the classifier reads the mean over them."""
import torch
from torch import nn

from cases.common import module_gradients
from cases.transformer import scrambled


class VisionTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.cut = nn.Unfold((2, 3), stride=(2, 3))
        self.patch_embed = nn.Linear(2 * 2 * 3, 4)
        self.pos_embed = nn.Parameter(torch.zeros(4, 4))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(4, 2, 16, dropout=0, activation="gelu", batch_first=True,
                                       norm_first=True) for _ in range(2))
        self.norm = nn.LayerNorm(4)
        self.head = nn.Linear(4, 3)

    def forward(self, images):
        x = self.patch_embed(self.cut(images).transpose(1, 2)) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(1))


def cases():
    return {"plain": module_gradients(scrambled(VisionTransformer()), torch.randn(2, 2, 4, 6))}
