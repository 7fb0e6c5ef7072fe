"""A page for each package, with the docstrings of all its modules, so that nobody has to add one by hand."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Template
from sphinx.application import Sphinx

from docs.extensions.files import write_if_new

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("server", "pipeline", "workbook")
FOLDER = "api"
PAGE = Template("""\
# {{ package }}

```{eval-rst}
.. automodule:: {{ package }}
```
{% for module in modules %}
## {{ module }}

```{eval-rst}
.. automodule:: {{ module }}
```
{% endfor %}
""")


def packages() -> dict[str, list[str]]:
    """The public modules of each package and of each package within it, by its name."""
    folders = [path.parent for name in PACKAGES for path in sorted((ROOT / name).rglob("__init__.py"))]
    return {name_of(folder): public_modules(folder) for folder in folders}


def public_modules(folder: Path) -> list[str]:
    return [name_of(path) for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def write_pages(app: Sphinx) -> None:
    for package, modules in packages().items():
        write_if_new(app.srcdir / FOLDER / f"{package}.md", PAGE.render(package=package, modules=modules))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
