"""The built website, served as by a static host, and a browser that notes what it asks for."""

import contextlib
import gzip
import http.server
import threading
from pathlib import Path
from typing import NamedTuple

from lab import CHROMIUM, FLAGS

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
SAID = ("error", "warning")  # on the console, that no page may cause
TEXT = (".html", ".js", ".css", ".json", ".svg", ".txt")


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Text is packed, as GitHub Pages and every other host of static pages does."""

    packed = {}  # path -> bytes
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".woff": "font/woff",
    }

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in TEXT or not path.is_file():
            super().do_GET()
            return
        if path not in self.packed:
            self.packed[path] = gzip.compress(path.read_bytes(), 6, mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(self.packed[path])))
        self.end_headers()
        self.wfile.write(self.packed[path])

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    """The address of `folder`, while it is served."""

    def handler(*arguments):
        return _Handler(*arguments, directory=str(folder))

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


class Visit(NamedTuple):
    """An open page, and what happened on it.

    foreign: addresses elsewhere that it asked for. errors: of its scripts, and files that were not
    there. sizes: the bytes that came over the line, by address.
    """

    page: object
    foreign: list
    errors: list
    sizes: dict


@contextlib.contextmanager
def browsing(playwright):
    """A headless Chromium."""
    with playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def visiting(browser, address, path, *, width=1280, scheme="light"):
    """The `Visit` of the page at `path`, when all of it is there and every formula is set."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, service_workers="block"
    )
    page = context.new_page()
    visit = Visit(page, [], [], {})

    def ask(route):
        url = route.request.url
        if url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            visit.foreign.append(url)
            route.abort()

    page.route("**/*", ask)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on("console", lambda m: visit.errors.append(m.text) if m.type in SAID else None)
    _count(context, page, visit.sizes)
    page.goto(f"{address}/{path}", wait_until="networkidle")
    page.wait_for_function("() => !document.querySelector('.math') || window.MathJax?.tex2mml")
    page.evaluate("window.MathJax?.startup?.promise.then(() => null) ?? null")
    page.evaluate("document.fonts.ready.then(() => null)")
    try:
        yield visit
    finally:
        context.close()


def _count(context, page, sizes):
    addresses = {}
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.on(
        "Network.responseReceived",
        lambda event: addresses.update({event["requestId"]: event["response"]["url"]}),
    )
    protocol.on(
        "Network.loadingFinished",
        lambda event: sizes.update(
            {addresses.get(event["requestId"], event["requestId"]): event["encodedDataLength"]}
        ),
    )


def scroll_through(page):
    """Scroll to the end, so that all that waits for being seen is loaded."""
    page.evaluate(
        """async () => {
            for (let y = 0; y < document.documentElement.scrollHeight; y += 700) {
                scrollTo(0, y);
                await new Promise(done => setTimeout(done, 30));
            }
        }"""
    )
    page.wait_for_load_state("networkidle")


def serious(page):
    """What axe-core finds serious or critical: one line a rule, with the first elements."""
    page.add_script_tag(path=str(AXE))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']} ({fault['impact']}): {fault['help']}: "
        + " ; ".join(node["html"][:160] for node in fault["nodes"][:4])
        for fault in result["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
