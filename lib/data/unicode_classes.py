#!/usr/bin/env python3
"""Writes unicode_classes.inc: where in Unicode runs of letters, numbers and white space begin.

    pip install unicodedata2==16.0.0 && python lib/data/unicode_classes.py

Source: the Unicode Character Database 16.0.0 (UnicodeData.txt, general categories L* and N*), as PyPI's
unicodedata2 packs it, and PropList.txt, White_Space. A regular expression's \\p{L}, \\p{N} and \\s.
"""
import pathlib

import unicodedata2

WHITE_SPACE = {*range(0x9, 0xE), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F,
               0x205F, 0x3000}


def class_of(code):
    if code in WHITE_SPACE:
        return "S"
    return {"L": "L", "N": "N"}.get(unicodedata2.category(chr(code))[0], "O")


assert unicodedata2.unidata_version == "16.0.0", unicodedata2.unidata_version
runs, before = [], None
for code in range(0x110000):
    if (now := class_of(code)) != before:
        runs.append(f"{{{code:#x}, {now}}},")
        before = now
lines = [""]
for run in runs:
    if len(lines[-1]) + 1 + len(run) > 100:
        lines.append("")
    lines[-1] += (" " if lines[-1] else "") + run
path = pathlib.Path(__file__).with_name("unicode_classes.inc")
path.write_text("// Made by unicode_classes.py from the Unicode Character Database 16.0.0.\n" + "\n".join(lines) + "\n")
print(f"{path}: {len(runs)} runs, {path.stat().st_size} bytes")
