"""A reader opens chapter 00 in JupyterLab, runs all cells and sees every figure.

nbval compares outputs without a browser; this is the one test of what a reader sees. It works in a
folder of its own, with settings of its own, and leaves nothing behind.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
CHAPTER = "00-start-here.ipynb"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SECONDS = 180  # for the whole chapter; it is meant to take 90

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
playwright = pytest.importorskip("playwright.sync_api")

# Chromium has no sandbox for root, and little /dev/shm, in a container.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.textContent)"
COMPLAINT = '[data-mime-type="application/vnd.jupyter.stderr"]'  # what a traceback has, too
FIGURE = ".jp-RenderedImage img, .jp-RenderedSVG"


@pytest.fixture
def figures(tmp_path):
    """How many figures the committed chapter has. A copy without any output is put in place."""
    chapter = nbformat.read(NOTEBOOKS / CHAPTER, as_version=4)
    count = 0
    for cell in chapter.cells:
        if cell.cell_type == "code":
            kinds = " ".join(kind for output in cell.outputs for kind in output.get("data", {}))
            count += kinds.count("image/")
            cell.update(outputs=[], execution_count=None)
    (tmp_path / "root").mkdir()
    nbformat.write(chapter, tmp_path / "root" / CHAPTER)
    return count


@pytest.fixture
def lab(tmp_path, figures):
    """A running JupyterLab with that copy in its root: the address of the chapter."""
    # All cells in the page at once: by default those out of sight are not drawn.
    settings = tmp_path / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"windowingMode": "none"}))
    folders = ["JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"]
    environment = os.environ | dict.fromkeys([*folders, "IPYTHONDIR"], str(tmp_path))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={tmp_path / 'root'}"]
    log = tmp_path / "lab.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token={token}").close()
                break
            except OSError:
                assert server.poll() is None, log.read_text()
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}/lab/tree/{CHAPTER}?token={token}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # the server and its kernels
        server.wait(20)


def run_all_cells(page):
    """Choose Run > Run All Cells and wait until every cell ran, or one complained."""
    # Before the kernel is connected the command is swallowed without a word, so wait for the
    # status bar to say Idle, and choose it again while no prompt has changed.
    page.wait_for_selector("text=/\\| Idle/", timeout=60_000)
    unrun = page.evaluate(PROMPTS)
    for _ in range(10):
        page.click('.lm-MenuBar-itemLabel:text-is("Run")')
        page.click('.lm-Menu-itemLabel:text-is("Run All Cells")')
        page.wait_for_timeout(1500)
        if page.evaluate(PROMPTS) != unrun:
            break
    page.wait_for_function(
        f"() => !({PROMPTS}).some(p => p.includes('*'))"
        f" && (document.querySelector('{COMPLAINT}') || ({PROMPTS}).every(p => /\\d/.test(p)))",
        timeout=SECONDS * 1000,
    )


def test_chapter_00_runs_in_jupyterlab_and_shows_its_figures(lab, figures):
    with playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        page.goto(lab)
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        run_all_cells(page)
        complaints = page.locator(COMPLAINT).all_inner_texts()
        shown = page.locator(FIGURE).count()
        browser.close()
    assert complaints == []
    assert shown >= figures > 0
