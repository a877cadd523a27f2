"""Browser, web server, download, discard server over a link."""

# ruff: noqa: ANN001, ANN201, ANN202

import hashlib
import itertools
import re
import socket
import threading
import zlib
from urllib.parse import parse_qs

import pytest
from lan_of_programs import run

from sim.apps import browse, site


def segments(network, host):
    """(flags, octets) of the TCP segments that `host` sent."""
    return [
        (event.fields["flags"], event.fields["length"])
        for event in network.events
        if (event.where, event.layer, event.kind) == (host, "tcp", "segment sent")
    ]


def test_browse_fetches_the_images_that_a_page_refers_to_each_once():
    network, outcome = run("server: web-server --images 3", "pc: browse http://server/")
    assert outcome.succeeded
    images = network.output("pc")[3:]
    for number, line in enumerate(images, start=1):
        content = site.image(number)
        assert line == (
            f"/image/{number}.png: {len(content)} octets, sha256 {hashlib.sha256(content).hexdigest()}"
        )
    assert len(images) == 3


def test_the_images_are_images():
    """PNG specification: signature, chunks with length and CRC, filtered rows of three octets a pixel."""
    content = site.image(1)
    assert content[:8] == bytes((0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A))
    place, chunks = 8, {}
    while place < len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        body = content[place + 4 : place + 8 + length]
        assert zlib.crc32(body).to_bytes(4, "big") == content[place + 8 + length : place + 12 + length]
        chunks[body[:4]] = body[4:]
        place += 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height = (int.from_bytes(chunks[b"IHDR"][at : at + 4], "big") for at in (0, 4))
    assert chunks[b"IHDR"][8:] == bytes((8, 2, 0, 0, 0)), "8 bits, red, green and blue, not interlaced"
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (1 + 3 * width)


def test_browse_posts_a_form_of_100_kb_that_is_cut_into_segments():
    """Mission row 3.2: the form goes out in segments of 1460 octets, and the server got what was sent."""
    network, outcome = run("server: web-server", "pc: browse --post 100000 http://server/form")
    assert outcome.succeeded
    sent, status, received, *_ = network.output("pc")
    assert status == "200 OK"
    form = browse.form(100_000)
    digest = f"{len(form)} octets, sha256 {hashlib.sha256(form).hexdigest()}"
    assert (sent, received) == (f"posting {digest}", digest)
    assert parse_qs(form.decode())["text"][0].startswith("All work and no play")
    assert len(parse_qs(form.decode())["text"][0]) == 100_000
    full = [length for _, length in segments(network, "pc") if length == 1460]
    assert len(full) >= 100_000 // 1460


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://server/image/4.png", 404),
        ("http://server/file/100000001", 404),
        ("http://server/file/x", 404),
    ],
)
def test_what_the_server_does_not_have_is_not_found(url, status):
    network, outcome = run("server: web-server --images 3", f"pc: browse {url}")
    assert network.output("pc", "stderr") == [f"browse: {url}: {status} Not Found"]
    assert outcome.failures[0].reason == "exit status 1"


def test_a_form_goes_to_no_other_page():
    network, _ = run("server: web-server", "pc: browse --post 5 http://server/file/9")
    assert network.output("pc", "stderr") == ["browse: http://server/file/9: 404 Not Found"]


def serve(answer, times=1):
    """A program that answers requests with these octets, whatever they are."""

    def main(words):
        with socket.create_server(("", 80)) as server:
            for _ in range(times):
                connection, _ = server.accept()
                with connection:
                    connection.recv(10_000)
                    connection.sendall(answer)

    return main


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (b"", "the answer is not HTTP"),
        (b"SSH-2.0-OpenSSH\r\n", "the answer is not HTTP"),
        (
            b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
            "the connection ended in the middle, 6 octets early",
        ),
    ],
)
def test_browse_says_what_was_wrong_with_an_answer(answer, complaint):
    network, outcome = run("pc: browse http://server/", servers={"server": serve(answer)})
    assert complaint in network.output("pc", "stderr")[0]
    assert outcome.failures[0].reason == "exit status 1"


def test_browse_gives_up_when_a_server_is_silent():
    def silent(words):
        with socket.create_server(("", 80)) as server:
            connection, _ = server.accept()
            connection.recv(1)
            threading.Event().wait()

    network, _ = run("pc: browse --timeout 2 http://server/", servers={"server": silent})
    assert network.output("pc", "stderr") == ["browse: http://server/: timed out"]


def test_an_image_that_does_not_come_is_told_and_fails():
    page = b'<p><img src="/a.png"><img src="ftp://server/b.png"><img>'
    answer = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    network, outcome = run("pc: browse http://server/", servers={"server": serve(answer)})
    first, second = network.output("pc", "stderr")
    assert first == "browse: http://server/a.png: Connection refused"
    assert "'ftp://server/b.png' is not a URL like" in second
    assert outcome.failures[0].reason == "exit status 1"


def test_download_tells_progress_rate_and_a_hash_that_the_server_confirms():
    network, outcome = run("server: web-server", "pc: download http://server/file/300000")
    assert outcome.succeeded
    *steps, last = network.output("pc")
    assert [int(step.split(" %")[0]) for step in steps] == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    found = re.fullmatch(r"300000 octets in ([0-9.]+) s, ([0-9.]+) kB/s, sha256 ([0-9a-f]{64})", last)
    assert found
    assert found[3] == hashlib.sha256(site.file("server", 300_000)).hexdigest()
    # 1460 of 1538 octet times are data: at most 1187 kB/s on 10 Mb/s, and not much less with full windows.
    assert 1000 < float(found[2]) < 1187
    assert float(found[1]) == pytest.approx(300_000 / float(found[2]) / 1000, rel=0.01)


def test_download_of_another_file_than_promised_fails():
    answer = b"HTTP/1.0 200 OK\r\nRepr-Digest: sha-256=:" + b"A" * 43 + b"=:\r\nContent-Length: 3\r\n\r\nabc"
    network, outcome = run("pc: download http://server/", servers={"server": serve(answer)})
    assert network.output("pc", "stderr") == [
        f"download: http://server/: the server promised sha256 {'00' * 32}"
    ]
    assert outcome.failures[0].reason == "exit status 1"


def test_download_that_breaks_off_fails():
    answer = b"HTTP/1.0 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 1000
    network, _ = run("pc: download http://server/", servers={"server": serve(answer)})
    assert network.output("pc", "stderr") == [
        "download: http://server/: the connection ended 4000 octets early"
    ]


def test_a_slow_reader_closes_the_window_and_opens_it_again():
    """Mission row 3.5: the server stops when no full segment fits; nobody speaks until the window opens."""
    network, outcome = run("server: web-server", "pc: download --limit-rate 10000 http://server/file/100000")
    assert outcome.succeeded
    found = re.search(r" in ([0-9.]+) s, ", network.output("pc")[-1])
    assert found
    assert float(found[1]) == pytest.approx(10.0, rel=0.01)
    told = [
        (event.ps, event.fields["window"])
        for event in network.events
        if (event.where, event.layer, event.kind) == ("pc", "tcp", "segment sent")
    ]
    openings = [
        (then - now, later)
        for (now, window), (then, later) in itertools.pairwise(told)
        if window < 1460 and then - now > 500 * 10**9
    ]
    assert len(openings) >= 3
    assert all(window > 1460 for _, window in openings)


@pytest.mark.parametrize(("option", "segments_with_data"), [("", 2), ("--nodelay ", 20)])
def test_nagle_gathers_what_a_chatty_program_writes(option, segments_with_data):
    """Mission row 3.1: the first piece goes at once; the others wait for its ACK, or do not (TCP_NODELAY)."""
    network, outcome = run("server: discard-server", f"pc: chatter {option}server")
    assert outcome.succeeded
    assert network.output("pc") == ["20 pieces, 20 octets"]
    assert network.output("server") == ["20 octets from 192.168.1.10"]
    lengths = [length for _, length in segments(network, "pc") if length]
    assert len(lengths) == segments_with_data
    assert sum(lengths) == 20


@pytest.mark.parametrize(
    ("command", "port"),
    [
        ("web-server", 80),
        ("discard-server", 9),
        ("udp-echo-server", 7),
        ("mail-server --smtp-port 26", 110),
        ("mail-server --pop3-port 111", 25),
    ],
)
def test_a_server_whose_port_is_taken_is_a_sentence(command, port):
    network, outcome = run(f"server: {command.split()[0]}", f"server: {command}", "pc: ping -c 1 server")
    (complaint,) = network.output("server", "stderr")
    assert complaint.startswith(f"{command.split()[0]}: port {port}: ")
    assert complaint.lower().endswith("address already in use")
    assert outcome.failures[0].reason == "exit status 1"


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("chatter server", "chatter: server: Connection refused"),
        ("chatter nowhere", "chatter: nowhere: Name or service not known"),
        ("download http://server/", "download: http://server/: Connection refused"),
        ("download http://nowhere/", "download: http://nowhere/: Name or service not known"),
    ],
)
def test_who_cannot_be_reached_is_a_sentence(command, complaint):
    network, outcome = run(f"pc: {command}")
    assert network.output("pc", "stderr") == [complaint]
    assert outcome.failures[0].reason == "exit status 1"
