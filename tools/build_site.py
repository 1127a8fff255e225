"""Build the course as a website in build/site, from what is committed, without the network.

    python tools/build_site.py

No notebook is run. The build fails on a notebook without outputs, a figure without alternative
text, any warning of Sphinx, a link that leads nowhere and a missing picture, and says where.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml
from chapter import Chapter
from website import addresses, api, chapters, checks, mending, outputs, play, texts

ROOT = addresses.ROOT
# What stands under the name that a page had before.
MOVED = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{name}</title>
<meta http-equiv="refresh" content="0; url={name}.html">
<p>This page is <a href="{name}.html">{name}</a> now.</p>
"""
PLAY = ROOT / "minidl_course" / "play"  # networks of the course in the browser


def write(path, text):
    """Write `text` if the file says something else: Sphinx reads anew what is newer."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def sources(folder, pictures):
    """Write what Sphinx reads into `folder`, and return the faults of chapters."""
    files = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    read = [Chapter(path) for path in files]
    found = [f"{one.path.relative_to(ROOT)}: {m}" for one in read for m in chapters.faults(one)]
    found += play.faults()
    if found:
        return found
    told = [chapters.tell(one) for one in read]
    made = texts.pages(told, pictures)
    made |= {f"api/{name}.rst": text for name, text in api.pages().items()}
    for path, about in zip(files, told):
        made[about.path] = chapters.page(path, about, pictures)
    for about in told:
        if about.exercise:
            made[about.exercise] = chapters.page(ROOT / about.exercise, None, pictures)
    for name, text in made.items():
        write(folder / name, text)
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in made:
            path.unlink()  # of a build before
    return []


def run_sphinx(source, site, jobs):
    """Sphinx's exit status; any warning is a failure."""
    cache = site.parent / f"{site.name}-doctrees"
    options = ["-W", "--keep-going", "-q", "-j", jobs, "-c", str(ROOT / "site"), "-d", str(cache)]
    command = [sys.executable, "-m", "sphinx", *options, "-b", "html", str(source), str(site)]
    return subprocess.run(command).returncode


def add_files(site):
    """What lies beside the pages: notebooks to be downloaded, and the players' scripts."""
    downloads = site / "notebook-files"
    downloads.mkdir(exist_ok=True)
    for path in ROOT.glob("notebooks/[0-9]*.ipynb"):
        shutil.copy(path, downloads / path.name)
    for folder in ROOT.glob("exercises/ch*"):  # with the numbers that its tests take for right
        shutil.make_archive(str(downloads / folder.name), "zip", folder.parent, folder.name)
    for path in PLAY.rglob("*"):
        if path.suffix in (".js", ".json", ".css"):
            to = site / "play" / path.relative_to(PLAY)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)


def add_old_names(site):
    """A page under each name that a chapter or an exercise had before leads to where it is now."""
    moved = yaml.safe_load((ROOT / "site" / "moved.yml").read_text(encoding="utf-8"))
    for old, new in moved.items():
        write(site / "notebooks" / f"{old}.html", MOVED.format(name=new))
        to = MOVED.format(name=f"../ch{new}/ch{new}")
        write(site / "exercises" / f"ch{old}" / f"ch{old}.html", to)


def build(site, jobs="auto"):
    """Build the website in the folder `site`, and return a list of faults."""
    start = time.perf_counter()
    source = site.parent / f"{site.name}-source"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    source.mkdir(exist_ok=True)
    found = sources(source, outputs.Pictures(site / "pictures"))
    if found:
        return found
    if run_sphinx(source, site, jobs):
        return ["Sphinx warned; what it said stands above"]
    mending.mend(site)
    add_files(site)
    add_old_names(site)
    found = checks.faults(site)
    if not found:
        pages = len(list(site.rglob("*.html")))
        print(f"{site}: {pages} pages in {time.perf_counter() - start:.0f} s. To read them:")
        print(
            f"    {sys.executable} -m http.server 8000 -d {site}    and open http://localhost:8000"
        )
    return found


def main(arguments=None):
    """The command: 0 where the website was built, 1 where something is wrong with it."""
    parser = argparse.ArgumentParser(description="Build the website.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", metavar="FOLDER")
    parser.add_argument("-j", dest="jobs", default="auto", help="processes (all cores)")
    options = parser.parse_args(arguments)
    found = build(options.out.resolve(), options.jobs)
    for message in found:
        print(message, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
