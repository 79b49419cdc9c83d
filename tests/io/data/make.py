#!/usr/bin/env python3
"""Writes what the safetensors package itself writes, for tests/io/foreign_files_test.cpp.

    python tests/io/data/make.py

Needs the packages safetensors (the files are of 0.8.0), numpy and torch.
"""
import pathlib

import numpy
import safetensors.numpy
import safetensors.torch
import torch

HERE = pathlib.Path(__file__).resolve().parent


def up(shape, dtype):
    return (numpy.arange(numpy.prod(shape, dtype=int)) % 97).reshape(shape).astype(dtype)


kinds = {"F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4", "U8": "u1"}
arrays = {f"{name}.{rank}": up(shape, kind)
          for name, kind in kinds.items()
          for rank, shape in enumerate([(), (5,), (3, 2), (2, 0, 4)])}
safetensors.numpy.save_file(arrays, HERE / "numpy.safetensors", {"by": 'é "numpy"\n'})

safetensors.torch.save_file(
    {"weight": torch.arange(6.0).reshape(2, 3), "half": torch.tensor([1.5, -2], dtype=torch.bfloat16),
     "ünïcode\t": torch.tensor(-7), "mask": torch.tensor([True, False]),
     "small": torch.tensor([-1], dtype=torch.int8)}, HERE / "torch.safetensors", {"format": "pt"})

safetensors.numpy.save_file({}, HERE / "empty.safetensors")
