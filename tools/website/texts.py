"""Pages made of other pages: the start, what stands in the repository, symbols, terms."""

import html
import re

import terms

from website import addresses, outputs, play


def slug(heading):
    """The name that a heading has in links, as GitHub and MyST make it."""
    kept = re.sub(r"[^\w\u4e00-\u9fff\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def pages(chapters, pictures):
    """{path of a page: its Markdown} for all pages that are no notebook and no reference.

    Args:
        chapters: the `chapters.Told` of each, in order.
        pictures: the `outputs.Pictures` of the site.
    """
    made = {}
    for name in addresses.TEXTS:
        text = (addresses.ROOT / f"{name}.md").read_text(encoding="utf-8")
        made[f"{name}.md"] = addresses.redirected(pictured(text, pictures), "")
    made["symbols.md"] = _symbols(chapters)
    made["terms.md"] = _terms(chapters)
    made["exercises/index.md"] = _exercises(chapters)
    made["index.md"] = _start(chapters, pictures)
    return made


def pictured(markdown, pictures):
    """`markdown` with its pictures, files of the repository, taken to the website."""

    def taken(found):
        return outputs.figure((addresses.ROOT / found[2]).read_bytes(), found[1], pictures)

    return re.sub(r"!\[([^]]+)\]\(([^):]+\.png)\)", taken, markdown)


def _start(chapters, pictures):
    readme = (addresses.ROOT / "README.md").read_text(encoding="utf-8")
    template = (addresses.ROOT / "site" / "index.md").read_text(encoding="utf-8")
    two = re.search(r"^## Two commands\n.*?^```\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    ten = re.search(r"^```python\n.*?^```", readme, re.DOTALL | re.MULTILINE)
    pieces = {
        "commands": f"```\n{two[1]}```",
        "ten lines": ten[0],
        "cards": "\n".join(_cards(name, listed, pictures) for name, listed in parts_of(chapters)),
        "chapters": "\n\n".join(_toctree(name, listed) for name, listed in parts_of(chapters)),
        "repository": addresses.repository(),
        "play": play.element("digit", pictures),
    }
    for name, text in pieces.items():
        template = template.replace(f"<!-- {name} -->", text)
    return template


def parts_of(chapters):
    """[(name of a part, its `Told`s), ...], as README lists them."""
    readme = (addresses.ROOT / "README.md").read_text(encoding="utf-8")
    by_path = {told.path: told for told in chapters}
    found = []
    for name, listed in re.findall(r"^### ([IV]+ .+)\n((?:\n|- .*\n)*)", readme, re.MULTILINE):
        paths = re.findall(r"\((notebooks/[^)]+)\)", listed)
        found.append((name, [by_path[path] for path in paths if path in by_path]))
    return found


def _toctree(name, chapters):
    inside = "\n".join(told.path for told in chapters)
    return f"```{{toctree}}\n:hidden:\n:caption: {name}\n\n{inside}\n```"


def _cards(name, chapters, pictures):
    hours = sum(told.minutes for told in chapters) / 60
    cards = "\n".join(_card(told, pictures) for told in chapters)
    return (
        f"### {name}\n\n{len(chapters)} chapters, {hours:.0f} hours\n\n"
        f'<div class="chapter-cards">\n{cards}\n</div>\n'
    )


def _card(told, pictures):
    """A chapter on the start page: its picture, its title, and how long it takes."""
    number, _, name = told.title.partition(" · ")
    picture = '<span class="card-picture"></span>'
    if told.picture:
        small = pictures.keep(outputs.thumbnail(told.picture), "webp")
        width, height = pictures.sizes[small]
        picture = (
            f'<img src="pictures/{small}" width="{width}" height="{height}" loading="lazy" alt="">'
        )
    address = told.path.removesuffix(".ipynb") + ".html"
    return (
        f'<a class="chapter-card" href="{address}">{picture}'
        f'<span class="card-title">{html.escape(number)} · {html.escape(name)}</span>'
        f'<span class="card-minutes">{told.minutes} minutes</span></a>'
    )


def _symbols(chapters):
    parts = ["# Symbols\n\nWhat each letter means, chapter by chapter, with its shape."]
    for told in chapters:
        if told.symbols:
            link = f"[{told.title}]({told.path})"
            parts.append(f"## {told.title}\n\n{link}\n\n{told.symbols}")
    return addresses.redirected("\n\n".join(parts) + "\n", "")


def _terms(chapters):
    """The glossary in the order of the alphabet, with the places that introduce each term."""
    meant, places = {}, {}
    for number, listed in terms.glossary().items():
        (path,) = [told.path for told in chapters if told.path.startswith(f"notebooks/{number}-")]
        for one in listed:
            aside = f" (here also: {one.plain})" if one.plain else ""
            meant[one.term.lower()] = f"**{one.term}**{aside}. {one.means}"
            places[one.term.lower()] = [f"[{number}]({path})"]
    for told in chapters:
        for term, heading in told.terms:
            link = f"[{told.title.partition(' · ')[0]}]({told.path}"
            plain = not re.search(r"[$`*\[]", heading)
            link += f"#{slug(heading)})" if heading and plain and heading != told.title else ")"
            if term.lower() in places:
                places[term.lower()].append(link)
    parts = [
        "# Glossary\n\nThe terms of the field, each in a sentence. The numbers are chapters, and "
        "lead to the place that introduces the term."
    ]
    letter = ""
    for key in sorted(places, key=lambda name: re.sub(r"\W", "", name)):
        first = re.sub(r"\W", "", key)[0].upper()
        if first != letter:
            letter = first
            parts.append(f"## {letter}\n")
        sections = {link.partition("#")[0] for link in places[key] if "#" in link}
        links = [link for link in places[key] if link.rstrip(")") not in sections]
        parts.append(f"- {meant[key]} {', '.join(dict.fromkeys(links))}")
    return "\n".join(parts) + "\n"


def _exercises(chapters):
    """The list of exercises, with the columns that INSTRUCTORS has about each."""
    text = (addresses.ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(ch[^`]+)` \| (.+) \|$", text, re.MULTILINE))
    lines = [
        "# Exercises\n\nEach belongs to a chapter, and is graded by tests that say what is wrong: "
        "`make check CH=03` prints your marks.\n",
        "| exercise | questions | points | minutes |",
        "|---|---|---|---|",
    ]
    hidden = []
    for told in chapters:
        if not told.exercise:
            continue
        _, folder, file = told.exercise.split("/")
        _, questions, _, points, minutes = [part.strip() for part in rows[folder].split(" | ")]
        lines.append(f"| [{told.title}]({folder}/{file}) | {questions} | {points} | {minutes} |")
        hidden.append(f"{folder}/{file.removesuffix('.ipynb')}")
    toctree = "\n".join(hidden)
    return "\n".join(lines) + f"\n\n```{{toctree}}\n:hidden:\n\n{toctree}\n```\n"
