"""Writing with a model: guess the next token, draw one, feed it back.

`drawing` chooses a token among V, `writing` goes on with a text, and `memory` lets a model go on
where it stopped, so that it does not read the whole text again for every token.
"""

from minidl.generation.drawing import probabilities, sample
from minidl.generation.writing import generate

__all__ = ["generate", "probabilities", "sample"]
