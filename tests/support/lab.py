"""A real JupyterLab, and a headless Chromium that looks at it, for tests of what a reader sees.

Both work in a folder of their own, with settings of their own, and leave nothing behind.
"""

import contextlib
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

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Chromium has no sandbox for root, and little /dev/shm, in a container.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
STARTS = 300  # seconds, of what takes two to five on a quiet machine
PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.textContent)"
COMPLAINT = '[data-mime-type="application/vnd.jupyter.stderr"]'  # what a traceback has, too


@contextlib.contextmanager
def serve(folder):
    """A running JupyterLab with the folder `root` in `folder` as its root.

    Yields a function from a notebook's name to its address.
    """
    # All cells in the page at once: by default those out of sight are not drawn.
    settings = folder / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"windowingMode": "none"}))
    folders = ["JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"]
    environment = os.environ | dict.fromkeys([*folders, "IPYTHONDIR"], str(folder))
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ip=127.0.0.1", "--ServerApp.port_retries=0"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder / 'root'}"]
    for _ in range(3):  # another program may take the port before the server does
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with (folder / "lab.log").open("w") as output:
            server = subprocess.Popen(
                [*command, f"--ServerApp.port={port}"],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        if _answers(server, f"http://127.0.0.1:{port}/api?token={token}"):
            break
    else:
        raise RuntimeError((folder / "lab.log").read_text())
    try:
        yield lambda name: f"http://127.0.0.1:{port}/lab/tree/{name}?token={token}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # the server and its kernels
        server.wait(60)


def _answers(server, address):
    """Wait until the server answers; False where it has ended."""
    end = time.monotonic() + STARTS
    while server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=STARTS).close()
            return True
        except OSError:
            assert time.monotonic() < end, "JupyterLab does not answer"
            time.sleep(0.25)
    return False


@contextlib.contextmanager
def opened(playwright, address):
    """The page of a notebook at `address`, in a browser that is closed at last."""
    with playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        page.goto(address)
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=180_000)
        yield page
        browser.close()


def run_all_cells(page, seconds):
    """Choose Run > Run All Cells and wait until every cell ran, or one complained."""
    # Before the kernel is connected the command is swallowed without a word, so wait for the
    # status bar to say Idle, and choose it again while no prompt has changed.
    page.wait_for_selector("text=/\\| Idle/", timeout=180_000)
    unrun = page.evaluate(PROMPTS)
    for _ in range(10):
        page.click('.lm-MenuBar-itemLabel:text-is("Run")')
        page.click('.lm-Menu-itemLabel:text-is("Run All Cells")')
        page.wait_for_timeout(1500)
        if page.evaluate(PROMPTS) != unrun:
            break
    page.wait_for_function(
        f"() => !({PROMPTS}).some(p => p.includes('*'))"
        f" && (document.querySelector('{COMPLAINT}')"
        f" || ({PROMPTS}).every(p => /\\d|^$/.test(p.trim())))",  # a folded cell has none
        timeout=seconds * 1000,
    )
