"""The demos of `minidl_course.play` in headless Chromium: what they compute and show."""

import contextlib

import pytest

from minidl_course.play.stills import CHROMIUM, FLAGS, opened, served

needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
# What a test runs in the page begins with this: the modules and the weights of one demo.
LOAD = """async ([name, given]) => {
    const nn = await import("/nn.js"), demo = await import(`/${name}.js`);
    const file = demo.SHAPES && (await (await fetch(`/weights/${name}.json`)).json());
    const w = file && nn.unpack(file, demo.SHAPES);
    %s
}"""


@pytest.fixture(scope="module")
def theatre():
    """A server and a browser: a function (name, theme, **options) -> context of a demo's page."""
    playwright = pytest.importorskip("playwright.sync_api")
    with served() as address, playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield lambda name, *theme, **options: opened(browser, address, name, *theme, **options)
        browser.close()


@pytest.fixture(scope="module")
def compute(theatre):
    """A function (name, body, given): what JavaScript, which sees nn, demo, file, w, returns."""
    with contextlib.ExitStack() as stack:
        page = stack.enter_context(theatre("points"))
        yield lambda name, body, given=None: page.evaluate(LOAD % body, [name, given])
