"""Look through the built pages: every link inside leads somewhere, every picture is there."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LEADS = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src"}


class _Page(HTMLParser):
    """What a page leads to, and the places in it that others may lead to."""

    def __init__(self):
        super().__init__()
        self.leads, self.places, self.no_alt = [], set(), []

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        for name in ("id", "name"):
            if named.get(name):
                self.places.add(named[name])
        if url := named.get(LEADS.get(tag, "")):
            self.leads.append(url)
        if tag == "img" and "alt" not in named:
            self.no_alt.append(named.get("src", ""))

    handle_startendtag = handle_starttag


def read(path):
    """The `_Page` of an HTML file."""
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def faults(site):
    """What is wrong with the pages below `site`, as messages that name the page and the link."""
    site = Path(site).resolve()
    pages = {
        path: read(path)
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.relative_to(site).parts  # templates of the theme
    }
    found = []
    for path, page in pages.items():
        name = path.relative_to(site)
        for url in dict.fromkeys(page.leads):
            if why := _leads_nowhere(url, path, site, pages):
                found.append(f"{name}: {url} {why}")
        found += [f"{name}: the picture {src[:80]} has no alt" for src in page.no_alt]
    return found


def _leads_nowhere(url, path, site, pages):
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return ""
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(site):
        return "leads out of the website"
    if not target.is_file():
        return "leads to a file that is not there"
    places = pages[target].places if target in pages else ()
    if parts.fragment and target in pages and unquote(parts.fragment) not in places:
        return "leads to a place that is not on that page"
    return ""
