#!/usr/bin/env python3
"""Writes data/FAMILY.json: what PyTorch computes in f64 for the cases of cases/FAMILY.py.

    python tests/golden/make.py [FAMILY...]

Needs PyTorch 2, and transformers for gpt. A family is a module whose cases() gives {case: {name:
tensor, number, text or list}}: inputs, options and results together, so that a test needs nothing
but the file.
"""
import importlib
import json
import pathlib
import sys

import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "bench/peers")]


def plain(value):
    if not isinstance(value, torch.Tensor):
        return value
    assert value.dtype in (torch.float64, torch.int64, torch.bool), value.dtype
    value = value.detach()
    whole = value.dtype != torch.float64
    return {"shape": list(value.shape), "dtype": "i64" if whole else "f64",
            "values": [int(x) if whole else x for x in value.flatten().tolist()]}


def write(family):
    torch.manual_seed(0)
    cases = importlib.import_module(f"cases.{family}").cases()
    lines = [f'"{case}": {json.dumps({name: plain(x) for name, x in values.items()})}'
             for case, values in cases.items()]
    path = HERE / "data" / f"{family}.json"
    path.write_text("{" + ",\n".join(lines) + "}\n")
    print(f"{path}: {len(cases)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    for family in sys.argv[1:] or sorted(x.stem for x in (HERE / "cases").glob("[a-z]*.py")):
        if family != "common":
            write(family)
