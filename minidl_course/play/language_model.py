"""The weight file of chapter 25's language model: `benchmarks/language_model.py` trains it."""

from minidl.layers import TransformerDecoderBlock
from minidl_course.bpe import BYTES
from minidl_course.language_model import NAME
from minidl_course.play import weights


def write(model, merges, told, measured, beginning="ROMEO:\n", window=128, held_out=""):
    """Write weights/language_model.json: a `gpt` in 8 bits a number, its tokens and its sizes.

    Args:
        model: of `minidl_course.language_model.gpt`, of any size. What `measured` says of it holds
            if it was rounded first (`weights.rounded`).
        merges: the pairs of its byte-pair tokens.
        told: a sentence or two for the reader, what was measured.
        measured: the same as numbers.
        beginning: what stands there when the demo starts.
        window: how many tokens it was trained to read.
        held_out: text that it was not trained on, for whoever wants to measure it again.

    Raises `ValueError` if there are not as many tokens as the model has rows.
    """
    blocks = [layer for layer in model.layers if isinstance(layer, TransformerDecoderBlock)]
    tokens, width = model.get_layer("embed").W.value.shape
    if tokens != BYTES + len(merges):
        raise ValueError(f"{len(merges)} merges make {BYTES + len(merges)} tokens, not {tokens}")
    attention = blocks[0].self_attention.layer
    extra = {
        "beginning": beginning,
        "window": window,
        "tokens": tokens,
        "width": width,
        "blocks": len(blocks),
        "heads": attention.num_heads,
        "groups": attention.num_key_value_heads,
        "keys": attention.num_key_value_heads * attention.key_dim,  # numbers, of all groups
        "hidden": blocks[0].intermediate_dim,
        "epsilon": blocks[0].feedforward.norm.epsilon,
        "last_epsilon": model.get_layer("last").epsilon,
        "held_out": held_out,
        "merges": [[int(a), int(b)] for a, b in merges],
    }
    arrays = {key: tensor.numpy() for key, tensor in model.tensors().items()}
    weights.write(NAME, arrays, measured=measured, told=told, extra=extra)
