"""The networks of the course in the browser (`minidl_course.play`), as far as pages need them."""

import importlib.util

from website import outputs

THERE = importlib.util.find_spec("minidl_course.play") is not None


def faults():
    """What does not match between the modules, the weights and the pictures, as messages."""
    if not THERE:
        return []
    from minidl_course import play

    try:
        play.check()
    except ValueError as error:
        return [f"minidl_course/play: {error}"]
    return []


def element(name, pictures):
    """The element of a demo as HTML, with its still picture kept in `pictures`; "" without one."""
    if not THERE:
        return ""
    from minidl_course import play
    from minidl_course.play.bundle import FOLDER

    still = outputs.as_webp((FOLDER / "stills" / f"{name}.png").read_bytes())
    return play.html(name, f"pictures/{pictures.keep(still, 'webp')}")
