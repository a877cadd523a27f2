"""`browse URL`: fetch a page and the images it refers to, and print what came; `--post` sends a form.

A form is what a text area of that length sends. Pages are read by the standard library's html.parser.
"""

import argparse
import sys
import urllib.parse
from html.parser import HTMLParser

from sim.apps.command_line import CommandLine, between
from sim.apps.fetch import FetchError, fetch, hash_line, http_url

_LARGEST_FORM = 10_000_000
_LINE = "All work and no play makes Jack a dull boy "


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("browse")
    line.add_argument("--post", type=between(1, _LARGEST_FORM), metavar="CHARACTERS")
    line.add_argument("--timeout", type=between(0.001, 86_400, float), metavar="SECONDS")
    line.add_argument("url", type=http_url, metavar="URL")
    return line.parse_args(words)


def form(characters: int) -> bytes:
    """A form with one field of this many characters."""
    text = _LINE * (characters // len(_LINE) + 1)
    return urllib.parse.urlencode({"text": text[:characters]}).encode()


def main(words: list[str]) -> int | None:
    """Print status, first line, size and hash of the page, size and hash of images; 1 if one did not come."""
    options = arguments(words)
    sent = None if options.post is None else form(options.post)
    if sent is not None:
        print(f"posting {hash_line(sent)}")
    try:
        with fetch(options.url, form=sent, timeout=options.timeout) as response:
            body = response.read()
    except FetchError as error:
        print(f"browse: {options.url}: {error}", file=sys.stderr)
        return 1
    text = body.decode("utf-8", "backslashreplace")
    print(f"{response.status} {response.reason}")
    print(text.partition("\n")[0])
    print(hash_line(body))
    page = _Page()
    if response.headers.get_content_type() == "text/html":
        page.feed(text)
    complete = True
    for source in dict.fromkeys(page.images):
        complete &= _image(urllib.parse.urljoin(options.url, source), options.timeout)
    return None if complete else 1


def _image(url: str, timeout: float | None) -> bool:
    """Fetch an image; whether it came."""
    try:
        with fetch(http_url(url), timeout=timeout) as response:
            print(f"{urllib.parse.urlsplit(url).path}: {hash_line(response.read())}")
    except (FetchError, argparse.ArgumentTypeError) as error:
        print(f"browse: {url}: {error}", file=sys.stderr)
        return False
    return True


class _Page(HTMLParser):
    """Notes what the `img` elements of a page refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element."""
        source = dict(attrs).get("src")
        if tag == "img" and source:
            self.images.append(source)
