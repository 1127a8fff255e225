"""Two texts: one that every Python brings along, and one that every tutorial uses."""

import re

from minidl.datasets.files import DataFile, fetch

# 40,000 lines from Shakespeare's plays, collected by Andrej Karpathy for "The unreasonable
# effectiveness of recurrent neural networks", 2015. Public domain.
SHAKESPEARE = DataFile(
    folder="tinyshakespeare",
    name="input.txt",
    size=1_115_394,
    sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    mirrors=(
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/",
        "https://cdn.jsdelivr.net/gh/karpathy/char-rnn@master/data/tinyshakespeare/",
    ),
    offline="text.load_sample(), Python's own documentation instead of Shakespeare",
)


def load_shakespeare():
    """Return Tiny Shakespeare, a str of 1,115,394 characters, 65 different ones.

    The first call downloads 1.1 MB, unless the file is in `$MINIDL_DATA/tinyshakespeare` or in
    the cache.

    Raises `DataNotFoundError` with its remedies if the file is out of reach, and
    `CorruptDataError` if the one in `$MINIDL_DATA/tinyshakespeare` is damaged.
    """
    return fetch(SHAKESPEARE).decode("ascii")


def load_sample():
    """Return Python's own documentation, a str of about 465,000 characters, without a network.

    It is what `help("for")` prints from: the language reference, one chapter after the other in
    the alphabetical order of their names. Python brings it along, so it differs a little from one
    version of Python to the next; for one version it is always the same.
    """
    from pydoc_data.topics import topics

    return "\n".join(topics[name] for name in sorted(topics))


def load_prose():
    """Return the sentences of Python's own documentation, a str of about 165,000 characters.

    `load_sample` without what is hard to read: the paragraphs that are nearly all letters, blanks
    and commas, each of them once, with a blank line between. Code, tables and grammar are left out.
    """
    paragraphs = {}  # a dict keeps their order
    for paragraph in re.split(r"\n\s*\n", load_sample()):
        lines = "\n".join(line.strip() for line in paragraph.splitlines())
        letters = sum(c.isalpha() or c in " \n,." for c in lines)
        if len(lines) > 100 and letters > 0.93 * len(lines) and lines[0].isupper():
            paragraphs[lines] = None
    return "\n\n".join(paragraphs) + "\n"
