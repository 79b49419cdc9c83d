#!/usr/bin/env python3
"""The peer of `tutti-bench train`: trains with PyTorch's DistributedDataParallel over gloo.

    mpirun -np 2 python bench/peers/pytorch.py --model gpt

A step is forward, loss, backward with the gradients averaged over the ranks, clipping where the
model has it, the optimizer's step and zero_grad. The batches are random, drawn before, and 16 of
them go round. Rank 0 prints the median over the steps by its own clock and the most memory that its
process held, code included. PyTorch runs eagerly; --compile has torch.compile do the model.
"""
import argparse
import math
import os
import resource
import statistics
import time

import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, bias=False), nn.LayerNorm(width, bias=False)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.attended = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(self, x):
        batch, context, width = x.shape
        split = self.qkv(self.norm1(x)).view(batch, context, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attended(y.transpose(1, 2).reshape(batch, context, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Gpt(nn.Module):
    """nanoGPT's CPU setting: no dropout, no biases, pre-norm, learned positions, tied head."""

    def __init__(self, vocabulary=65, context=64, width=128, heads=4, layers=4):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width, bias=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                residual = name.endswith(("attended.weight", "down.weight"))
                nn.init.normal_(weight, std=0.02 / (math.sqrt(2 * layers) if residual else 1))

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        return F.linear(self.norm(self.blocks(x)), self.tokens.weight)


def gpt():
    model = Gpt()
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
        lr=1e-3, betas=(0.9, 0.99), fused=True)
    return model, optimizer, lambda: torch.randint(65, (2, 12, 64)).unbind(), 1.0


def cnn():
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Dropout(0.25), nn.Linear(64 * 5 * 5, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    return (model, optimizer,
            lambda: (torch.rand(32, 1, 28, 28), torch.randint(10, (32,))), None)


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()

        def conv(inputs, size, stride):
            return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)

        self.body = nn.Sequential(conv(inputs, 3, stride), nn.BatchNorm2d(outputs), nn.ReLU(),
                                  conv(outputs, 3, 1), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Sequential()
        if inputs != outputs:
            self.shortcut = nn.Sequential(conv(inputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


def resnet_cifar(depth=20, classes=10):
    layers = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    inputs = 16
    for outputs in (16, 32, 64):
        for _ in range((depth - 2) // 6):
            layers.append(ResidualBlock(inputs, outputs, 2 if outputs != inputs else 1))
            inputs = outputs
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes))
    for part in model.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")
    return model


def resnet():
    model = resnet_cifar()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4,
                                fused=True)
    return (model, optimizer,
            lambda: (torch.rand(32, 3, 32, 32), torch.randint(10, (32,))), None)


class CharacterLstm(nn.Module):
    def __init__(self, vocabulary=65, width=256, layers=2):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, width, layers, batch_first=True)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens):
        return self.head(self.lstm(self.embedding(tokens))[0])


def lstm():
    model = CharacterLstm()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, fused=True)
    return model, optimizer, lambda: torch.randint(65, (2, 32, 64)).unbind(), None


def perceptron(batch, *widths):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=True)
    return (model, optimizer,
            lambda: (torch.rand(batch, widths[0]), torch.randint(widths[-1], (batch,))), None)


# Each gives the model, its optimizer, what draws a rank's batch, and the norm to clip to, if any.
MODELS = {
    "gpt": gpt,
    "cnn": cnn,
    "resnet": resnet,
    "lstm": lstm,
    "mlp": lambda: perceptron(64, 784, 512, 512, 10),
    "bigmlp": lambda: perceptron(32, 1024, 4096, 4096, 1024),
}


def join():
    """Meets the other ranks of mpirun (or torchrun) at a port of this job's own."""
    def found(*names):
        return next((os.environ[name] for name in names if name in os.environ), None)

    rank = int(found("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK") or 0)
    size = int(found("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE") or 1)
    job = found("PMIX_NAMESPACE") or "0"
    port = 20000 + int("".join(filter(str.isdigit, job)) or 0) // 65536 % 10000
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", str(port))
    dist.init_process_group("gloo", rank=rank, world_size=size)
    return rank, size


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--steps", type=int, default=200, help="timed steps (default 200)")
    parser.add_argument("--warmup", type=int, default=20, help="steps before them (default 20)")
    parser.add_argument("--threads", type=int, default=1, help="per rank (default 1)")
    parser.add_argument("--compile", action="store_true", help="the model by torch.compile")
    options = parser.parse_args()
    if options.steps < 1 or options.warmup < 0 or options.threads < 1:
        parser.error("expected at least one step and one thread, and no negative --warmup")

    torch.set_num_threads(options.threads)
    rank, size = join()
    torch.manual_seed(1)
    model, optimizer, draw, max_norm = MODELS[options.model]()
    # A static graph and torch.compile exclude each other.
    parallel_model = DistributedDataParallel(model, gradient_as_bucket_view=True,
                                             static_graph=not options.compile)
    if options.compile:
        parallel_model = torch.compile(parallel_model)
    torch.manual_seed(2 + rank)
    batches = [draw() for _ in range(16)]

    times = []
    for step in range(options.warmup + options.steps):
        x, y = batches[step % len(batches)]
        begin = time.perf_counter()
        loss = F.cross_entropy(parallel_model(x).flatten(0, -2), y.flatten())
        loss.backward()
        if max_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        times.append(time.perf_counter() - begin)
    if not math.isfinite(loss.item()):
        raise SystemExit(f"pytorch.py: found a loss of {loss.item()}, expected a finite one")
    if rank == 0:
        median = 1e3 * statistics.median(times[options.warmup:])
        print(f"train model={options.model} ranks={size} ms_per_step={median:.4g} "
              f"rss_mib={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} "
              f"steps={options.steps}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
