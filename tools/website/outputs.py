"""What a chapter's cells put out, as a page shows it: pictures in files, no kernel needed."""

import base64
import hashlib
import html
import io
import re

import nbformat

from minidl_course import frames

WIDGET = "application/vnd.jupyter.widget-view+json"
_INLINE = re.compile(r"data:image/(png|jpeg|gif);base64,([A-Za-z0-9+/=\s\\]+)")
_IMAGE = re.compile(r"<img\b[^>]*>")
NO_WORDS = "A figure; the text around it says what is seen."


class Pictures:
    """The pictures of a site: each is written once into `folder`, by the hash of its bytes."""

    def __init__(self, folder):
        self.folder = folder
        self.sizes = {}  # name -> (width, height)

    def keep(self, data, kind="png"):
        """Write the bytes of a picture, and return its name."""
        from PIL import Image

        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{kind}"
        if name not in self.sizes:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not (self.folder / name).exists():
                (self.folder / name).write_bytes(data)
            self.sizes[name] = Image.open(io.BytesIO(data)).size
        return name


def faults(cell):
    """What keeps the outputs of a code cell off the website, as messages."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data and not _alt(output):
            yield "a picture without alternative text: show it with plots.show(alt)"
        for tag in _IMAGE.findall(data.get("text/html", "")):
            if not re.search(r'\balt="[^"]+"', tag):
                yield "an <img> in its HTML without alternative text: give it an alt"


def shown(outputs, pictures, root):
    """`outputs` for the website; `root` leads from the page to the root of the site ("../").

    Every picture goes to a file. What asks for a kernel goes, its still picture stays; sliders move
    between the pictures that are stored with it (`site/_static/sliders.js`). The blank line that a
    progress bar leaves goes, too: it would be an empty grey box.
    """
    return [_shown(output, pictures, root) for output in outputs if output.get("text", "x").strip()]


def _shown(output, pictures, root):
    data = output.get("data", {})
    data.pop(WIDGET, None)
    if "text/html" in data:
        page = in_files(data["text/html"], pictures, root)
        # What another cell has drawn in the same place is read without a kernel, too.
        kept = {"text/html": page.replace('language="javascript"', ""), "text/plain": ""}
    elif "image/png" in data:
        page = _picture(output, pictures, root)
        if frames.MIME in data:
            page = _sliders(page, data[frames.MIME], pictures, root)
        kept = {"text/html": page, "text/plain": ""}
    else:
        return output
    return nbformat.from_dict({**output, "data": kept, "metadata": {}})


def _picture(output, pictures, root):
    picture = base64.b64decode(output.data["image/png"])
    return figure(picture, _alt(output) or NO_WORDS, pictures, root)


def _sliders(still, sheet, pictures, root):
    """The HTML of sliders, out of sight until their script runs, above the picture `still`."""
    name = pictures.keep(base64.b64decode(sheet["webp"]), "webp")
    controls = []
    for number, slider in enumerate(sheet["sliders"]):
        this = f"slider-{name[:8]}-{number}"
        values, begin = slider["values"], slider["begin"]
        controls.append(
            f'<label for="{this}">{html.escape(slider["name"])}</label>'
            f'<input type="range" id="{this}" max="{len(values) - 1}" value="{begin}" '
            f'data-values="{" ".join(values)}" aria-valuetext="{values[begin]}">'
            f'<output for="{this}">{values[begin]}</output>'
        )
    words = "In a running notebook the sliders move in finer steps"
    if others := " and ".join(f"<em>{html.escape(other)}</em>" for other in sheet["others"]):
        words += f", and {others} can be moved, too"
    return (
        f'<div class="sliders" data-sheet="{root}pictures/{name}" '
        f'data-width="{sheet["width"]}" data-height="{sheet["height"]}">'
        f'<div class="controls" hidden>{"".join(controls)}</div>{still}'
        f'<p class="controls" hidden>{words}.</p></div>'
    )


def figure(picture, alt, pictures, root=""):
    """The HTML that shows `picture`, the bytes of a PNG, kept in a file."""
    name = pictures.keep(picture)
    width, height = pictures.sizes[name]
    return (
        f'<img class="figure" src="{root}pictures/{name}" width="{width}" height="{height}" '
        f'loading="lazy" alt="{html.escape(alt)}">'
    )


def in_files(page, pictures, root):
    """The HTML `page` with every picture that it holds kept in a file."""
    return _INLINE.sub(lambda found: _address(found, pictures, root), page)


def _address(match, pictures, root):
    data = base64.b64decode(re.sub(r"[\s\\]", "", match[2]))
    return f"{root}pictures/{pictures.keep(data, match[1])}"


def _alt(output):
    return str(output.metadata.get("image/png", {}).get("alt", "")).strip()


def first_picture(notebook):
    """The bytes of the first picture that `notebook` shows, None without one."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if picture := output.get("data", {}).get("image/png"):
                return base64.b64decode(picture)
    return None


def as_webp(picture):
    """`picture` (the bytes of a PNG) as the bytes of a WebP that looks the same."""
    from PIL import Image

    file = io.BytesIO()
    Image.open(io.BytesIO(picture)).save(file, "webp", lossless=True, method=6)
    return file.getvalue()


def thumbnail(picture, size=(256, 160)):
    """`picture` (the bytes of a PNG) small, on white, as the bytes of a WebP."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture)).convert("RGBA")
    image.thumbnail((size[0] - 16, size[1] - 16), Image.Resampling.LANCZOS)
    card = Image.new("RGB", size, "white")
    card.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2), image)
    file = io.BytesIO()
    card.save(file, "webp", quality=35, method=6)
    return file.getvalue()
