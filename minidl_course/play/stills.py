"""Still pictures of the demos, for pages on which nothing runs; needs playwright and Chromium.

python -m minidl_course.play.stills             all of them
python -m minidl_course.play.stills digit       these
"""

import argparse
import contextlib
import functools
import http.server
import io
import shutil
import threading

from minidl_course.play import bundle
from minidl_course.play.demos import DEMOS

WIDTH, COLOURS = 760, 48
PAGE = """<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{name}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/play.css">
<body style="margin: 0; background: {paper}"><div class="minidl-play" data-play="{name}">still</div>
<script type="module">
import {{ mountAll }} from "/index.js";
await mountAll(document, {{ lazy: false }});
</script></body></html>"""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Chromium has no sandbox for root, and little /dev/shm, in a container.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the modules, and at /page/NAME/THEME a page with one demo."""

    def do_GET(self):  # the name that the base class asks for
        """Answer a page, or a file."""
        if not self.path.startswith("/page/"):
            super().do_GET()
            return
        _, _, name, theme = self.path.split("/")
        paper = "#14181d" if theme == "dark" else "#ffffff"
        page = PAGE.format(name=name, theme=theme, paper=paper).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        """Say nothing."""


@contextlib.contextmanager
def served():
    """Serve the demos on this machine; yields the address."""
    handler = functools.partial(Handler, directory=str(bundle.FOLDER))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextlib.contextmanager
def opened(browser, address, name, theme="light", width=WIDTH, **options):
    """A page with one demo that has started; what the page complains of is raised."""
    options = {"reduced_motion": "reduce", "viewport": {"width": width, "height": 900}} | options
    page = browser.new_page(**options)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.goto(f"{address}/page/{name}/{theme}")
    try:
        page.wait_for_selector("[data-ready], [role=alert]", timeout=20_000)
        if page.locator("[data-ready]").count():
            yield page
        else:
            complaints.append(page.locator("[role=alert]").inner_text())
            yield None
    finally:
        page.close()
    if complaints:
        raise RuntimeError(f"the demo {name!r} complains: {'; '.join(complaints)}")


def taken(page):
    """The demo of a page as PNG, in few colours."""
    from PIL import Image

    image = Image.open(io.BytesIO(page.locator(".minidl-play").screenshot())).convert("RGB")
    file = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def main():
    """The command."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(DEMOS)}")
    names = parser.parse_args().names or DEMOS
    folder = bundle.FOLDER / "stills"
    folder.mkdir(exist_ok=True)
    with served() as address, sync_playwright() as session:
        browser = session.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in names:
            with opened(browser, address, name) as page:
                if DEMOS[name].press:
                    page.get_by_role("button", name=DEMOS[name].press, exact=True).click()
                page.wait_for_timeout(3000)
                (folder / f"{name}.png").write_bytes(taken(page))
        browser.close()


if __name__ == "__main__":
    main()
