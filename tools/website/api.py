"""Pages of reference: one for each layer, loss, optimizer and callback, one for each other module.

What they say is in the docstrings; Sphinx's autodoc reads them, and `docstrings.py` brings them
into the form that Sphinx understands.
"""

import importlib
import inspect

FAMILIES = {
    "layers": "Layers",
    "losses": "Losses",
    "optimizers": "Optimizers",
    "optimizers.schedules": "Learning-rate schedules",
    "callbacks": "Callbacks",
}
MODULES = (
    "minidl.models",
    "minidl.metrics",
    "minidl.initializers",
    "minidl.regularizers",
    "minidl.constraints",
    "minidl.gradcheck",
    "minidl.datasets",
    "minidl.plots",
    "minidl.inspection",
    "minidl.distributed",
    "minidl.applications",
    "minidl.utils",
    "minidl_course.autograd",
    "minidl_course.decoding",
    "minidl_course.detection",
    "minidl_course.environments",
    "minidl_course.games",
    "minidl_course.generation",
)


def pages():
    """{name of a page below api/: its reStructuredText}."""
    made = {}
    for family, title in FAMILIES.items():
        module = importlib.import_module(f"minidl.{family}")
        classes = _classes(module)
        made |= {f"{family}.{name}": _class_page(family, name) for name in classes}
        made[family] = _family_page(module, family, title, classes)
    for name in MODULES:
        made[_page(name)] = _module_page(name)
    made["index"] = _front(made)
    return made


def _classes(module):
    """{name: class} of what a module exports, without a second name for the same class."""
    named = getattr(module, "__all__", None) or [
        name
        for name, thing in vars(module).items()
        if getattr(thing, "__module__", "").startswith(module.__name__) and name[0] != "_"
    ]
    found = {name: getattr(module, name) for name in named}
    return {
        name: thing
        for name, thing in sorted(found.items())
        if inspect.isclass(thing) and thing.__name__ == name and thing.__doc__
    }


def _functions(module):
    return [
        name
        for name in sorted(getattr(module, "__all__", ()))
        if inspect.isfunction(thing := getattr(module, name))
        and thing.__name__ == name
        and thing.__doc__
    ]


def _heading(text):
    return f"{text}\n{'=' * len(text)}\n"


def _class_page(family, name):
    return f"{_heading(name)}\n.. autoclass:: minidl.{family}.{name}\n   :members:\n"


def _family_page(module, family, title, classes):
    listed = "\n".join(
        f"* :doc:`{name} <{family}.{name}>`: {_first_line(thing)}"
        for name, thing in classes.items()
    )
    hidden = "\n".join(f"   {family}.{name}" for name in classes)
    functions = "\n".join(
        f".. autofunction:: {module.__name__}.{name}\n" for name in _functions(module)
    )
    return (
        f"{_heading(title)}\n.. automodule:: {module.__name__}\n   :no-members:\n\n{listed}\n\n"
        f".. toctree::\n   :hidden:\n\n{hidden}\n\n{functions}"
    )


def _page(name):
    """The page of a module: the last part of its name."""
    return name.rpartition(".")[2]


def _module_page(name):
    module = importlib.import_module(name)
    text = f"{_heading(name)}\n.. automodule:: {name}\n   :no-members:\n\n"
    for cls in _classes(module):
        text += f".. autoclass:: {name}.{cls}\n   :members:\n\n"
    for function in _functions(module):
        text += f".. autofunction:: {name}.{function}\n\n"
    return text


def _first_line(thing):
    from website.docstrings import escaped

    return escaped(inspect.getdoc(thing).partition("\n")[0])


def _front(made):
    families = "\n".join(f"   {title} <{name}>" for name, title in FAMILIES.items())
    others = "\n".join(f"   {name} <{_page(name)}>" for name in MODULES)
    return (
        f"{_heading('Reference')}\nEvery page is made of the docstrings, and *[source]* leads to "
        "the code: it is written to be read.\n\n"
        f".. toctree::\n   :maxdepth: 1\n   :caption: One page each\n\n{families}\n\n"
        f".. toctree::\n   :maxdepth: 1\n   :caption: Modules\n\n{others}\n"
    )
