"""How Sphinx makes a site of README.md and docs/*.md: `make docs`.

The pages are as GitHub shows them, with relative links; nothing is written for Sphinx. The only addition is
a table of contents in the margin, of all pages.
"""

from sphinx.application import Sphinx

project = "thicknet"
html_title = project
html_show_copyright = False
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["README.md", "docs/*.md"]
exclude_patterns = [".*", "out", "runs", "build", "dist"]  # not even looked into
myst_heading_anchors = 3
html_theme = "alabaster"
html_theme_options = {"page_width": "1200px", "sidebar_width": "220px", "fixed_sidebar": True}


def _contents(app: Sphinx, name: str, source: list[str]) -> None:
    if name == root_doc:
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\ndocs/*\n```\n"


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _contents)
