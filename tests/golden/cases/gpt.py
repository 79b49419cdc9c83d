"""A GPT of 2 layers, 2 heads, 4 wide, context 5, vocabulary 7: logits, loss and gradients.

plain: bench/peers/pytorch.py's, without biases. gpt2: Hugging Face's GPT2LMHeadModel (package
transformers), whose matrices are [in, out]. Parameters have GPT-2's names.
"""
import torch
from pytorch import Gpt
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel

NAMES = {"tokens": "wte", "positions": "wpe", "blocks": "h", "norm1": "ln_1", "norm2": "ln_2",
         "qkv": "attn.c_attn", "attended": "attn.c_proj", "up": "mlp.c_fc", "down": "mlp.c_proj",
         "norm": "ln_f"}


def case(parameters, logits_of):
    tokens, targets = torch.randint(7, (2, 5)), torch.randint(7, (2, 5))
    for parameter in parameters.values():
        torch.nn.init.normal_(parameter, mean=float(parameter.dim() == 1), std=0.5)
    values = {name: x.detach().clone() for name, x in parameters.items()}
    logits = logits_of(tokens)
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    loss.backward()
    return values | {"tokens": tokens, "targets": targets, "logits": logits, "loss": loss.item()} | {
        f"d{name}": x.grad for name, x in parameters.items()}


def cases():
    plain = Gpt(vocabulary=7, context=5, width=4, heads=2, layers=2).double()
    gpt2 = GPT2LMHeadModel(GPT2Config(
        vocab_size=7, n_positions=5, n_embd=4, n_layer=2, n_head=2, resid_pdrop=0, embd_pdrop=0,
        attn_pdrop=0, bos_token_id=0, eos_token_id=0, attn_implementation="eager")).double()
    named = {".".join(NAMES.get(part, part) for part in name.split(".")): x
             for name, x in plain.named_parameters()}
    return {
        "plain": case(named, plain),
        "gpt2": case(dict(gpt2.transformer.named_parameters()), lambda x: gpt2(x).logits),
    }
