"""`browse URL`: fetch a page with the standard library's urllib and print what came."""

import argparse
import hashlib
import sys
import urllib.error
import urllib.parse
import urllib.request

from sim.apps.command_line import CommandLine


def _http_url(text: str) -> str:
    """An argument type: a URL that can be fetched."""
    try:
        parts = urllib.parse.urlsplit(text)
        usable = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
        # RFC 3986: anything else must be percent-encoded. urllib neither does it nor knows user names.
        usable = usable and "@" not in parts.netloc and all("!" <= octet <= "~" for octet in text)
    except ValueError:
        usable = False
    if not usable:
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL like http://192.168.1.20/")
    return text


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("browse")
    line.add_argument("url", type=_http_url, metavar="URL")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Fetch, print status, first line, length and hash; 1 when the page did not come."""
    url = arguments(words).url
    try:
        with urllib.request.urlopen(url) as response:
            body = response.read()
    except urllib.error.HTTPError as error:
        print(f"{error.code} {error.reason}")
        return 1
    except urllib.error.URLError as error:
        print(f"browse: {url}: {error.reason}", file=sys.stderr)
        return 1
    print(f"{response.status} {response.reason}")
    first_line, _, _ = body.partition(b"\n")
    print(first_line.decode("utf-8", "backslashreplace"))
    print(f"{len(body)} octets, sha256 {hashlib.sha256(body).hexdigest()}")
    return None
