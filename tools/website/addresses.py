"""Where the repository lives, and where a link of a committed file leads on the website."""

import os
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BRANCH = "main"
# Files that are pages as they are; what README says stands on the first page.
TEXTS = ("PRIMER", "RESULTS", "KERAS", "DESIGN", "INSTRUCTORS", "CONTRIBUTING")
PAGES = {"README.md": "index"} | {f"{name}.md": name for name in TEXTS}
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")
_CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]+`", re.DOTALL | re.MULTILINE)


def repository():
    """The repository's address: `MINIDL_REPOSITORY`, else the one in pyproject.toml.

    A workflow knows in which repository it runs, and sets the variable.
    """
    if given := os.environ.get("MINIDL_REPOSITORY"):
        return given.rstrip("/")
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["urls"]["Repository"].rstrip("/")


def is_placeholder():
    """Whether nobody has said yet where the repository lives: no link to it would lead anywhere."""
    return "/OWNER/" in repository()


def in_repository(path):
    """The address of the file or the folder `path`, relative to the root."""
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{repository()}/{kind}/{BRANCH}/{path}"


def edit(path):
    """Where GitHub opens the file `path` to be changed."""
    return f"{repository()}/edit/{BRANCH}/{path}"


def binder(path):
    """Where Binder opens the notebook `path`."""
    owner_and_name = repository().partition("github.com/")[2]
    return f"https://mybinder.org/v2/gh/{owner_and_name}/{BRANCH}?urlpath=lab/tree/{path}"


def colab(path):
    """Where Colab opens the notebook `path`."""
    owner_and_name = repository().partition("github.com/")[2]
    return f"https://colab.research.google.com/github/{owner_and_name}/blob/{BRANCH}/{path}"


def redirected(markdown, folder):
    """`markdown`, which stands in `folder` of the repository, with its links led to the website.

    A link to a page of the website is made relative to `folder` there; one to another file of the
    repository leads to the file in the repository. Links with a scheme stay. Code is left alone.
    """
    pieces, end = [], 0
    for code in _CODE.finditer(markdown):
        pieces += [_redirected_text(markdown[end : code.start()], folder), code[0]]
        end = code.end()
    return "".join([*pieces, _redirected_text(markdown[end:], folder)])


def _redirected_text(text, folder):
    return _LINK.sub(lambda m: m[1] + _redirected_link(m[2], folder) + m[3], text)


def _redirected_link(url, folder):
    if re.match(r"\w+:|#", url):
        return url
    path, _, part = url.partition("#")
    target = (ROOT / folder / path).resolve()
    if not target.is_relative_to(ROOT) or not target.exists():
        return url  # Sphinx says that it leads nowhere
    inside = target.relative_to(ROOT).as_posix()
    if inside in PAGES:
        page = PAGES[inside]
        anchor = f"#{part}" if part and page != "index" else ""
        return "../" * len(Path(folder).parts) + f"{page}.md{anchor}"
    if re.fullmatch(r"notebooks/\d\d-[^/]+\.ipynb|exercises/[^/]+/[^/]+\.ipynb", inside):
        return url
    return in_repository(inside)
