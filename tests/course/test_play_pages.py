"""Every demo as a page: on a phone, in the dark, by keyboard, and where something is wrong."""

import re

import pytest
from stage import compute, needs_chromium, theatre  # noqa: F401  (fixtures)

from minidl_course import play
from minidl_course.play import bundle

every_demo = pytest.mark.parametrize("name", play.DEMOS)
# What has no name for a reader who does not see it, and what is reached by a mouse alone.
FAULTS = """() => {
    const faults = [];
    for (const e of document.querySelectorAll("button, input, select, textarea, canvas")) {
        const named = e.getAttribute("aria-label") || e.textContent.trim() ||
            [...(e.labels ?? [])].some((label) => label.textContent.trim());
        if (!named) faults.push(`no name: ${e.outerHTML}`);
    }
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    if (new Set(ids).size < ids.length) faults.push(`an id twice in ${ids}`);
    for (const e of document.querySelectorAll("[tabindex]"))
        if (e.tabIndex !== 0) faults.push(`not in the order of Tab: ${e.outerHTML}`);
    if (document.documentElement.scrollWidth > innerWidth) faults.push("scrolls sideways");
    return faults;
}"""


def luminance(colour):
    """Of "#rrggbb", as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast():
    assert round(contrast("#000000", "#ffffff"), 6) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48  # the known grey that just fails


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_colours_have_the_contrast_of_wcag_aa(dark):
    style = (bundle.FOLDER / "play.css").read_text(encoding="utf-8")
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", style)
    tokens = {name: (light, night)[dark] for name, light, night in pairs}
    assert len(tokens) >= 10
    for name in ("ink", "soft"):  # text
        assert contrast(tokens[name], tokens["paper"]) >= 4.5, name
    for name in ("data", "other", "mark", "line"):  # what must be seen, and frames of controls
        assert contrast(tokens[name], tokens["paper"]) >= 3, name
    on_x = "#14181d" if dark else "#ffffff"
    assert contrast(tokens["stone-x"], on_x) >= 4.5
    assert contrast(tokens["stone-o"], "#14181d") >= 4.5


class TestPages:
    pytestmark = needs_chromium

    @every_demo
    def test_on_a_phone_in_the_dark(self, theatre, name):  # noqa: F811
        with theatre(name, "dark", width=390) as page:
            assert page.evaluate(FAULTS) == []
            paper = "getComputedStyle(document.querySelector('.minidl-play')).backgroundColor"
            assert page.evaluate(paper) == "rgb(20, 24, 29)"
            assert page.locator(".minidl-play").get_by_text("still", exact=True).count() == 0
            if play.DEMOS[name].learned:
                assert len(page.locator(".told").inner_text()) > 80  # what was measured

    def test_a_finger_draws(self, theatre):  # noqa: F811
        with theatre("digit", width=390, has_touch=True) as page:
            page.get_by_role("button", name="Clear").tap()
            box = page.locator("canvas.pad").bounding_box()
            finger = page.context.new_cdp_session(page)
            x = box["x"] + box["width"] / 2
            for n in range(11):
                at = {"x": x, "y": box["y"] + box["height"] * (0.1 + 0.08 * n)}
                kind = "touchMove" if n else "touchStart"
                finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
            finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            page.wait_for_selector('.minidl-play[data-answer="1"]', timeout=120_000)
            assert page.evaluate("scrollY") == 0

    def test_a_page_turns_dark_under_a_demo(self, theatre):  # noqa: F811
        with theatre("points") as page:
            curve = "document.querySelector('canvas.curve').getContext('2d')"
            corner = f"[...{curve}.getImageData(2, 2, 1, 1).data]"
            assert page.evaluate(corner) == [255, 255, 255, 255]
            page.evaluate("document.documentElement.dataset.theme = 'dark'")
            page.wait_for_function(f"{corner}[0] === 20")

    def test_an_unknown_demo_is_named(self, theatre):  # noqa: F811
        known = pytest.raises(RuntimeError, match='there is no demo "chess", only digit, ')
        with known, theatre("chess") as page:
            assert page is None

    def test_weights_that_do_not_fit_leave_the_picture(self, theatre):  # noqa: F811
        with theatre("points") as page:
            page.route(
                "**/weights/latent.json",
                lambda route: route.fulfill(
                    json={"network": "latent", "made_by": "COMMAND", "tensors": {}}
                ),
            )
            found = page.evaluate("""async () => {
                const { mountAll } = await import("/index.js");
                const element = document.createElement("div");
                element.className = "minidl-play";
                element.dataset.play = "latent";
                element.textContent = "picture";
                document.body.append(element);
                await mountAll(document, { lazy: false }).catch(() => {});
                return element.textContent;
            }""")  # fmt: skip
            assert found.startswith("picture") and "wider/W must be (2,64)" in found
            assert "no such tensor; make it anew: COMMAND" in found

    def test_a_demo_starts_when_the_reader_comes_near(self, theatre):  # noqa: F811
        with theatre("points") as page:
            page.evaluate("""async () => {
                const { mountAll } = await import("/index.js");
                document.body.insertAdjacentHTML("beforeend",
                    '<div style="height: 5000px"></div>' +
                    '<div class="minidl-play" data-play="dates">picture</div>');
                await mountAll();
            }""")
            page.wait_for_timeout(300)
            assert page.locator("[data-begun]").count() == 1
            page.evaluate("scrollTo(0, 5000)")
            page.wait_for_selector('[data-play="dates"][data-ready]', timeout=120_000)
