"""The whole website, built once and opened in headless Chromium: what its readers get.

In one module, so that one worker builds it, once.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from chapter import Chapter
from lab import CHROMIUM
from pages import measured_minutes
from website import addresses, checks
from website_browser import browsing, scroll_through, serious, served, visiting

from minidl_course import frames

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(path.stem for path in ROOT.glob("notebooks/[0-9][0-9]-*.ipynb"))
START, DENSE = "index.html", "api/layers.Dense.html"
# with folds and formulas, with players, with tables, with formulas of several numbered lines
NEW, MOVING, LONG, NUMBERED = (
    f"notebooks/{next(name for name in CHAPTERS if name.startswith(number))}.html"
    for number in ("03", "29", "32", "09")
)
SLIDING = [
    f"notebooks/{name}.html"
    for name in CHAPTERS
    if frames.MIME in (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
]
LOOKED_AT = [START, NEW, MOVING, LONG, DENSE]
OTHERS = ["search.html", "symbols.html", "terms.html", "RESULTS.html", "KERAS.html", "DESIGN.html"]
OTHERS += ["exercises/index.html", "api/index.html", "INSTRUCTORS.html", "CONTRIBUTING.html"]
OTHERS += ["PRIMER.html"]

pytestmark = [pytest.mark.browser, pytest.mark.site]
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the website, built from what is committed."""
    folder = tmp_path_factory.mktemp("website") / "site"
    command = [sys.executable, str(ROOT / "tools" / "build_site.py"), "--out", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.fixture(scope="module")
def browser():
    with browsing(pytest.importorskip("playwright.sync_api")) as started:
        yield started


@pytest.fixture(scope="module")
def address(site):
    with served(site) as found:
        yield found


@pytest.fixture
def visit(browser, address):
    """A function that opens a page. In the end nothing foreign was asked for, nothing failed."""
    open_pages = []

    def open_page(path, **how):
        context = visiting(browser, address, path, **how)
        open_pages.append((context, path, context.__enter__()))
        return open_pages[-1][2]

    yield open_page
    for context, path, seen in open_pages:
        context.__exit__(None, None, None)
        assert seen.foreign == [], f"{path} asks other hosts"
        assert seen.errors == [], path


def test_every_chapter_says_how_long_it_takes_and_where_it_can_be_run(site):
    for name in CHAPTERS:
        text = (site / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
        minutes, _ = measured_minutes(Chapter(ROOT / "notebooks" / f"{name}.ipynb"))
        assert f"<span>{minutes} minutes</span>" in text, name
        leads = checks.read(site / "notebooks" / f"{name}.html").leads
        for where in (addresses.binder, addresses.colab, addresses.edit):
            led = where(f"notebooks/{name}.ipynb") in leads
            assert led != addresses.is_placeholder(), name
        assert f"../notebook-files/{name}.ipynb" in leads, name
        if name != CHAPTERS[0]:
            assert any(url.startswith(f"../exercises/ch{name[:2]}-") for url in leads), name
        for other in CHAPTERS[max(CHAPTERS.index(name) - 1, 0) : CHAPTERS.index(name) + 2]:
            assert other == name or f"{other}.html" in leads, f"{name} does not lead to {other}"


def test_nothing_on_the_website_leads_to_the_machine_that_built_it(site):
    for path in site.rglob("*.html"):
        for url in checks.read(path).leads if "_static" not in path.parts else ():
            assert not re.match(r"file:|/|https?://(localhost|127\.|\d+\.)", url), (path, url)


def test_the_index_of_symbols_and_the_one_of_terms_lead_to_the_chapters(site):
    terms = checks.read(site / "terms.html").leads
    symbols = checks.read(site / "symbols.html").leads
    assert sum("notebooks/29-" in url and "#" in url for url in terms) > 3
    assert any("notebooks/03-" in url for url in symbols)


@needs_browser
@pytest.mark.parametrize("path", LOOKED_AT + OTHERS)
def test_a_page_opens_without_a_foreign_request_or_an_error(visit, path):
    seen = visit(path)
    scroll_through(seen.page)
    assert seen.page.locator("h1").first.inner_text()
    broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
    assert seen.page.evaluate(broken) == []


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", LOOKED_AT)
def test_axe_finds_no_serious_fault(visit, path, scheme):
    seen = visit(path, scheme=scheme)
    assert seen.page.evaluate("document.documentElement.dataset.theme") == scheme
    assert serious(seen.page) == []


@needs_browser
@pytest.mark.parametrize("width", [700, 390])
@pytest.mark.parametrize("path", [*LOOKED_AT, "symbols.html", "RESULTS.html"])
def test_no_page_is_wider_than_a_small_screen(visit, path, width):
    page = visit(path, width=width).page
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    beyond = page.evaluate(
        "width => [...document.querySelectorAll('article *')].filter(e => !e.closest("
        "'pre, table, .highlight, .output, div.math, mjx-assistive-mml')"
        " && e.getBoundingClientRect().right > width + 1).map(e => e.outerHTML.slice(0, 120))",
        width,
    )
    assert wide <= width, beyond[:5]
    assert beyond == []


@needs_browser
def test_a_chapter_has_less_than_two_megabytes_and_the_start_page_less_than_300_kilobytes(visit):
    for path, limit in [(START, 300_000), *((name, 2_000_000) for name in heaviest())]:
        seen = visit(path)
        scroll_through(seen.page)
        assert 20_000 < sum(seen.sizes.values()) < limit, (path, seen.sizes)


def heaviest():
    """The three chapters with the largest notebooks."""
    by_size = sorted(ROOT.glob("notebooks/[0-9]*.ipynb"), key=lambda path: path.stat().st_size)
    return [f"notebooks/{path.stem}.html" for path in by_size[-3:]]


@needs_browser
def test_every_formula_of_the_course_is_understood(site, visit):
    formulas = set()
    for path in site.rglob("*.html"):
        if "_static" not in path.parts:
            formulas |= set(re.findall(r'class="math[^>]*>\s*\\[(\[](.*?)\\[)\]]\s*</',
                                       path.read_text(encoding="utf-8"), re.DOTALL))  # fmt: skip
    page = visit(NEW).page
    faults = page.evaluate(
        """async texts => {
            const box = document.createElement("textarea"), faults = [];
            for (const text of texts) {
                box.innerHTML = text;
                MathJax.texReset();
                const made = await MathJax.tex2mmlPromise(box.value, {display: true});
                if (made.includes("merror")) faults.push(text);
            }
            return faults;
        }""",
        sorted(formulas),
    )
    assert len(formulas) > 1000
    assert faults == []
    assert page.locator("mjx-container").count() > 50 and page.locator("mjx-merror").count() == 0


@needs_browser
def test_formulas_in_a_line_and_on_one_of_their_own_have_one_size(visit):
    page = visit(NEW).page
    page.wait_for_selector("mjx-container[display]")
    sizes = "all => [...new Set(all.map(e => getComputedStyle(e).fontSize))]"
    (inline,) = page.locator("article p mjx-container:not([display])").evaluate_all(sizes)
    apart = page.locator("mjx-container[display]").evaluate_all(sizes)
    assert inline in apart and max(map(_pixels, apart)) == _pixels(inline)  # wide ones are smaller


@needs_browser
@pytest.mark.parametrize("path", [NEW, NUMBERED, LONG])
def test_on_a_phone_a_formula_is_broken_into_lines_and_does_not_scroll(visit, path):
    page = visit(path, width=390).page
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    page.wait_for_timeout(300)  # the folds tell of it one by one
    boxes = """[...document.querySelectorAll('article div.math')].filter(box => box.clientWidth)
        .map(box => [box, box.querySelector('mjx-container')])"""
    wide = f"{boxes}.filter(([b, f]) => Math.max(b.scrollWidth, f.scrollWidth) > b.clientWidth + 1)"
    assert page.evaluate(f"{wide}.map(([box]) => box.tex)") == []
    assert page.evaluate(f"{boxes}.filter(([box]) => box.broken).length") > 0
    assert page.locator("mjx-merror").count() == 0
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function(f"{boxes}.every(([box]) => !box.broken)")


@needs_browser
def test_no_formula_has_two_numbers(visit):
    assert visit(NUMBERED).page.locator(".eqno").count() == 0


@needs_browser
def test_a_comma_stays_with_its_formula_and_a_sign_with_its_number(site):
    text = (site / NEW).read_text(encoding="utf-8")
    alone = re.findall(r'(?<!together">)<span class="math [^>]*>[^<]*</span>[.,;:].{20}', text)
    assert alone == []
    text = (site / NUMBERED).read_text(encoding="utf-8")
    assert re.findall(r"<(?:p|li|td)>[^<]*\d\s%", text.replace("\N{NO-BREAK SPACE}", "")) == []


@needs_browser
def test_on_a_phone_a_figure_grows_by_a_touch_or_a_key(visit):
    page = visit(NEW, width=390).page
    figure = page.locator("img.can-grow").first
    small = figure.bounding_box()["width"]
    figure.click()
    assert figure.bounding_box()["width"] > 1.3 * small
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    figure.press("Enter")
    assert figure.bounding_box()["width"] == small
    assert page.locator(".figure-hint").count() == 1


def _pixels(size):
    return float(size.removesuffix("px"))


@needs_browser
@pytest.mark.parametrize("path", [NEW, MOVING, LONG])
def test_a_line_of_78_characters_is_seen_whole(visit, path):
    page = visit(path).page
    page.locator("article .highlight pre").first.evaluate(
        """pre => {
            pre.textContent = "x".repeat(78);
            pre.id = "of-78";
        }"""
    )
    assert page.evaluate("(b => b.scrollWidth <= b.clientWidth)(document.querySelector('#of-78'))")


@needs_browser
def test_the_first_picture_begins_on_the_first_screen(browser, address):
    page, tops = browser.new_page(viewport={"width": 1280, "height": 720}), {}
    for name in CHAPTERS:
        page.goto(f"{address}/notebooks/{name}.html")
        pictures = page.locator("article img, article .minidl-play")  # or a demo
        tops[name] = pictures.evaluate_all(
            "all => all.find(e => e.offsetWidth > 150).getBoundingClientRect().top"
        )
    page.close()
    assert {name: top for name, top in tops.items() if top > 640} == {}


@needs_browser
def test_a_player_plays_without_a_kernel(visit):
    page = visit(MOVING).page
    player = page.locator(".animation").first
    player.scroll_into_view_if_needed()
    image = player.locator("img").first
    before = image.get_attribute("src")
    player.locator("button", has_text="Forward").click()
    page.wait_for_function("([image, src]) => image.src !== src && !image.src.endsWith(src)",
                           arg=[image.element_handle(), before])  # fmt: skip
    assert image.evaluate("image => image.alt").strip()


# How many colours of two pictures, at the same places, differ by more than fewer colours explain.
DIFFERENCE = """async (sources) => {
    const images = sources.map(src => Object.assign(new Image(), {src}));
    await Promise.all(images.map(image => image.decode()));
    const width = Math.min(...images.map(image => image.naturalWidth));
    const height = Math.min(...images.map(image => image.naturalHeight));
    const [one, other] = images.map(image => {
        const canvas = Object.assign(document.createElement("canvas"), {width, height});
        canvas.getContext("2d").drawImage(image, 0, 0);
        return canvas.getContext("2d").getImageData(0, 0, width, height).data;
    });
    return one.filter((p, i) => Math.abs(p - other[i]) > 100).length;
}"""


@needs_browser
@pytest.mark.parametrize("path", SLIDING)
def test_sliders_move_the_picture_without_a_kernel(visit, path):
    page = visit(path, width=390).page
    box = page.locator(".sliders")
    figure, sliders = box.locator("img"), box.get_by_role("slider").all()
    still = shown = figure.evaluate("image => image.src")
    said = figure.get_attribute("alt")

    def press(slider, key):
        nonlocal shown
        before, shown = shown, None
        slider.press(key)
        page.wait_for_function("([image, src]) => image.src !== src",
                               arg=[figure.element_handle(), before])  # fmt: skip
        shown = figure.evaluate("image => image.src")
        return page.evaluate(DIFFERENCE, [before, shown])

    for slider in sliders:
        name = slider.evaluate("input => input.labels[0].textContent")
        assert press(slider, "End" if slider.input_value() == "0" else "Home") > 0, name
        told = slider.get_attribute("aria-valuetext")
        assert slider.evaluate("input => input.nextElementSibling.textContent") == told
        assert f"{name} {told}" in figure.get_attribute("alt") != said
    for slider in sliders:  # back to where the page began
        for key in ["ArrowRight"] * int(slider.evaluate("input => input.defaultValue")) or ["Home"]:
            press(slider, key)
    assert page.evaluate(DIFFERENCE, [still, shown]) == 0
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


@needs_browser
def test_without_scripts_sliders_are_a_still_picture(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{SLIDING[0]}")
    assert page.locator(".sliders img").is_visible()
    assert (
        page.locator(".sliders input").count()
        and not page.locator(".sliders input").first.is_visible()
    )
    context.close()


@needs_browser
@pytest.mark.parametrize(
    ("words", "number"),
    [("reparametrization", "29"), ("Bellman", "32"), ("momentum", "06"), ("softmax", "02")],
)
def test_the_search_finds_what_formulas_are_called(visit, words, number):
    page = visit(f"search.html?q={words}").page
    page.wait_for_selector("#search-results li a")
    page.wait_for_timeout(300)
    found = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)")
    assert any(f"/notebooks/{number}-" in url for url in found), found


@needs_browser
def test_the_keyboard_is_enough(visit):
    page = visit(NEW).page
    page.keyboard.press("Tab")
    focused = "document.activeElement"
    assert page.evaluate(f"{focused}.textContent").strip() == "Skip to main content"
    page.keyboard.press("Enter")
    fold = page.locator("main details summary").first
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(f"{focused}.tagName") == "SUMMARY":
            break
    assert page.evaluate(f"{focused} === document.querySelector('main details summary')")
    page.keyboard.press("Enter")
    assert fold.evaluate("summary => summary.parentElement.open")


@needs_browser
def test_paper_gets_what_is_folded_and_no_buttons(visit):
    page = visit(NEW).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("main details:not([open])").count() == 0
    assert not page.locator(".page-bar").is_visible()
    assert not page.locator(".bd-sidebar-primary").is_visible()


@needs_browser
def test_figures_keep_a_light_ground_in_the_dark(visit):
    page = visit(NEW, scheme="dark").page
    style = "image => [getComputedStyle(image).backgroundColor, getComputedStyle(image).filter]"
    assert page.locator("img.figure").first.evaluate(style) == ["rgb(255, 255, 255)", "none"]


@needs_browser
def test_the_start_page_lets_a_digit_be_drawn(visit):
    pytest.importorskip("minidl_course.play")
    page = visit(START).page
    page.locator(".minidl-play[data-play=digit]").scroll_into_view_if_needed()
    page.wait_for_selector(".minidl-play[data-play=digit][data-ready]", timeout=120_000)


def test_a_name_that_a_chapter_had_before_leads_to_where_it_is_now(site):
    leads = checks.read(site / "notebooks" / "24-diffusion-and-flows.html").leads
    assert leads == ["31-diffusion-and-flows.html"]
    old = site / "exercises" / "ch24-diffusion-and-flows" / "ch24-diffusion-and-flows.html"
    assert 'content="0; url=../ch31-diffusion-and-flows/' in old.read_text(encoding="utf-8")


def test_the_start_shows_the_chapters_by_parts(site):
    text = (site / "index.html").read_text(encoding="utf-8")
    places = [text.index(f"{part}</span>") for part in ("I Foundations", "VI Machines")]
    assert places == sorted(places)
    assert re.search(r"\d+ chapters, \d+ hours", text)
