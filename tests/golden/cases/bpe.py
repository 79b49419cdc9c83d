"""Tokens and merges of Hugging Face's tokenizers (PyPI), with GPT-2's files of ../shared/data/gpt2, or below
$TUTTI_TEST_DATA, and with vocabularies trained here."""
import os
import pathlib
import tempfile

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

DATA = pathlib.Path(os.environ.get("TUTTI_TEST_DATA",
                                   pathlib.Path(__file__).resolve().parents[4] / "shared/data"))

HARD = {
    "empty": "",
    "plain": "Hello world, this is a test of the tokenizer.",
    "spaces": " a  b   c    d     ",
    "only spaces": "       ",
    "one space": " ",
    "tabs": "\ta\t\tb \t c\t",
    "lines": "a\nb\n\nc\n\n\nd\r\ne\r\n\r\n f \n g\n",
    "unusual spaces": "a\u00a0b\u00a0\u00a0c\u2003d\u3000e\u3000\u3000f\u0085g\u2028h\x0b\x0ci\x1cj\u200bk\ufeffl\u180em",
    "contractions": "I'm you're he's she'd we'll they've can't IT'S I'M 'tis 's's 'sx rock'n'roll ''s '' 've'll",
    "space and apostrophe": "the 's and 't and '  's ' re 'red 'llama it 'd'",
    "quotes": "\u2018it\u2019s\u2019 \u201cdon\u2019t\u201d \"a\" 'b' `c`",
    "digits": "0 12 345 6789 12345678901234567890 3.14159 1,000,000 1e-10 0x1F a1b2 1a 2b\u00b2 x\u00b3 \u00bd \u2167 \u2460",
    "other digits": "\u0663\u0664\u0665 \u0967\u0968\u0969 \U0001d7d8\U0001d7d9 \u3007\u4e00\u4e8c \uff11\uff12",
    "signs": "!@#$%^&*()_+-=[]{}|;:,./<>?~ !!! ... --- a_b __init__ x==y &&|| \u20ac\u00a3\u00a5 \u00a9\u00ae\u2122",
    "code": "for (int i = 0; i < n; ++i) {\n\tx[i] += y[i] * 2.0f;  // comment\n}\n\n#include <a.h>\n",
    "accents": "na\u00efve caf\u00e9 \u00dcber \u00c5ngstr\u00f6m \u0159e\u0159icha \u00ff\u00fe",
    "combining": "e\u0301 a\u0308o\u0302 n\u0303\u0303 \u0301alone \u0915\u094d\u0937\u093f \u0e01\u0e33 Z\u0351\u036b\u0343a",
    "scripts": "\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440 \u0393\u03b5\u03b9\u03ac \u03c3\u03bf\u03c5 \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u0928\u092e\u0938\u094d\u0924\u0947 \u10d2\u10d0 \u1200",
    "cjk": "\u4f60\u597d\uff0c\u4e16\u754c\u3002 \u3053\u3093\u306b\u3061\u306f\u30fb\u30ab\u30bf\u30ab\u30ca \uc548\ub155\ud558\uc138\uc694 \u5168\u89d2\u3000\u7a7a\u767d \U00020000\U0002a6d6",
    "emoji": "\U0001f600 \U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f a\U0001f600b 1\U0001f60012 \U0001f600\U0001f600",
    "bytes": "".join(map(chr, range(1, 256))),
    "edges": "\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff",
    "new letters": "\u1c89\u1c8a \ua7cb \U00016100 \U0001e5d0 \U00010d40 \u0378 \U0001fbf5",
    "end of text": "<|endoftext|>one<|endoftext|> two<|endoftext|><|endoftext|>\nthree <|endoftext|",
    "spaces before end of text": "a  <|endoftext|>  b \n<|endoftext|>\n",
    "long word": "a" * 101 + "ba" * 40 + " " + "antidisestablishmentarianism" * 3,
    "mixed": "abc123def ABCdef x1y2z3\u00e9\u00e84 \u4e2d1\u6587a 5\u00e9 -5 +a $5 #a @b a- b. c' d'' e\u0301'",
}

SMALL = """It is a truth known to all who train: a small vocabulary, trained on a small text, is small.
The training text trains the trainer; the trainer's training isn't the text's. We'll see what they've
seen: aaaa aaaaa aaaaaa, banana bananas, 1000 100 10 1, na\u00efve caf\u00e9s, \u4f60\u597d \u4f60\u597d, \U0001f600\U0001f600 \U0001f600.

\tIndented \tagain,  with  two  spaces   and three.
"""


def tokenizer(vocab, merges):
    result = Tokenizer(models.BPE.from_file(str(vocab), str(merges)))
    result.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return result


def train(text, merges):
    """A tokenizer, and the contents of its vocab.json, which lacks <|endoftext|>, and merges.txt."""
    result = Tokenizer(models.BPE())
    result.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    result.train_from_iterator([text], trainers.BpeTrainer(
        vocab_size=256 + merges, min_frequency=2, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    with tempfile.TemporaryDirectory() as directory:
        vocab, lines = result.model.save(directory)
        return result, pathlib.Path(vocab).read_text(), pathlib.Path(lines).read_text()


def ids(tokenizer, text):
    if "<|endoftext|>" in text:
        tokenizer.add_special_tokens(["<|endoftext|>"])
    return torch.tensor(tokenizer.encode(text).ids, dtype=torch.int64)


def cases():
    vocab, merges = DATA / "gpt2/vocab.json", DATA / "gpt2/merges.txt"
    result = {f"gpt2, {name}": {"text": text, "ids": ids(tokenizer(vocab, merges), text)}
              for name, text in HARD.items()}
    small, vocabulary, lines = train(SMALL, 120)
    result |= {f"small, {name}": {"text": text, "ids": ids(small, text)}
               for name, text in (HARD | {"itself": SMALL}).items()}
    result["small"] = {"text": SMALL, "vocabulary": vocabulary, "merges": lines}
    shakespeare = (DATA / "shakespeare/input.txt").read_bytes().decode()
    trained, _, lines = train(shakespeare, 1000)
    all_ids = ids(trained, shakespeare)
    gpt2_ids = ids(tokenizer(vocab, merges), shakespeare)
    weigh = lambda x: int((x * torch.arange(1, len(x) + 1)).sum())
    result["shakespeare"] = {"merges": lines, "tokens": len(all_ids), "weighed sum": weigh(all_ids)}
    result["shakespeare, gpt2"] = {"tokens": len(gpt2_ids), "weighed sum": weigh(gpt2_ids)}
    return result
