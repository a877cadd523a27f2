"""What web programs share: which URLs they take, requests by urllib, errors in words."""

import argparse
import base64
import hashlib
import http.client
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial


class FetchError(Exception):
    """What was asked for did not come; `str` says why."""


def http_url(text: str) -> str:
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


class _FromPort(urllib.request.HTTPHandler):
    """Connections that begin at a local port; None: at one that the stack draws."""

    def __init__(self, port: int | None) -> None:
        super().__init__()
        self._source = None if port is None else ("", port)

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Send the request, and return the answer's beginning."""
        connection = partial(http.client.HTTPConnection, source_address=self._source)
        return self.do_open(connection, request)


@contextmanager
def fetch(
    url: str, *, form: bytes | None = None, timeout: float | None = None, local_port: int | None = None
) -> Iterator[http.client.HTTPResponse]:
    """The answer to GET, or to POST of a `form`. FetchError when it breaks off or is no success.

    Each wait takes at most `timeout` seconds. The connection begins at `local_port`, if one is given.
    """
    opener = urllib.request.build_opener(_FromPort(local_port))
    try:
        with opener.open(url, form, timeout=timeout) as response:
            yield response
    except urllib.error.HTTPError as error:
        raise FetchError(f"{error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        raise FetchError(_why(error.reason)) from None
    except http.client.IncompleteRead as error:
        raise FetchError(f"the connection ended in the middle, {error.expected} octets early") from None
    except http.client.HTTPException as error:
        raise FetchError(f"the answer is not HTTP: {error!r}") from None
    except OSError as error:
        raise FetchError(_why(error)) from None


def hash_line(body: bytes) -> str:
    """Size and hash."""
    return f"{len(body)} octets, sha256 {hashlib.sha256(body).hexdigest()}"


def promised_sha256(response: http.client.HTTPResponse) -> str | None:
    """The hash that the server says the body has, in hexadecimal (RFC 9530); None if it says nothing."""
    found = re.search(r"\bsha-256=:([A-Za-z0-9+/=]+):", response.headers.get("Repr-Digest", ""))
    return None if found is None else base64.b64decode(found[1]).hex()


def _why(reason: object) -> str:
    """In words only: `str` of an OSError begins with its number."""
    return (isinstance(reason, OSError) and reason.strerror) or str(reason)
