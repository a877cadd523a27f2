"""A name server's answers (RFC 1034 section 4.3.2, RFC 2308, RFC 4592), asked and read by scapy."""

from __future__ import annotations

import dns.name
import dns.zonefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.dns import DNS, DNSQR, DNSRROPT

from stack.dns.authority import Authority

LAN = """
@       SOA   ns root 1 7200 900 1209600 60
@       NS    ns
ns      A     10.0.0.53
www     A     10.0.0.1
www     A     10.0.0.2
www     MX    10 mail
web     CNAME www
out     CNAME www.example.org.
loop    CNAME loop
a.b.c   TXT   "deep"
*.wild  A     10.0.0.9
*.wild  MX    10 mail
alias.wild CNAME x.wild
sub     NS    ns.sub
ns.sub  A     10.0.1.53
"""
MANY = "\n".join(f"many A 10.0.2.{number}" for number in range(60))
SERVER = Authority(
    dns.zonefile.read_rrsets(LAN + MANY, origin=dns.name.from_text("lan"), default_ttl=300, rdclass=None)
)
NOERROR, FORMERR, NXDOMAIN, NOTIMP, REFUSED = 0, 1, 3, 4, 5


def ask(name: str, type: str = "A", stream: bool = False, **more: object) -> DNS:
    """The answer to a question, as scapy reads it."""
    query = DNS(id=7, rd=1, qd=DNSQR(qname=name, qtype=type), **more)
    octets = SERVER.answer(bytes(query), stream)
    assert octets is not None
    answer = DNS(octets)
    assert (answer.id, answer.qr) == (7, 1)
    return answer


def told(section: list) -> list[tuple[str, int, object]]:
    return [(record.rrname.decode(), record.type, getattr(record, "rdata", None)) for record in section]


def test_all_records_of_a_name_in_the_files_order() -> None:
    answer = ask("www.lan")
    assert (answer.rcode, answer.aa, answer.ra, answer.rd) == (NOERROR, 1, 0, 1)
    assert told(answer.an) == [("www.lan.", 1, "10.0.0.1"), ("www.lan.", 1, "10.0.0.2")]
    assert {record.ttl for record in answer.an} == {300}


def test_rfc1035_2_3_3_case_means_nothing_and_is_kept() -> None:
    assert told(ask("WwW.lAn").an)[0] == ("WwW.lAn.", 1, "10.0.0.1")


def test_rfc1034_4_3_2_3a_an_alias_is_followed_in_the_zone() -> None:
    assert told(ask("web.lan").an) == [
        ("web.lan.", 5, b"www.lan."),
        ("www.lan.", 1, "10.0.0.1"),
        ("www.lan.", 1, "10.0.0.2"),
    ]
    assert told(ask("web.lan", "CNAME").an) == [("web.lan.", 5, b"www.lan.")]


def test_an_alias_that_leads_out_is_left_to_the_resolver() -> None:
    answer = ask("out.lan")
    assert answer.rcode == NOERROR and told(answer.an) == [("out.lan.", 5, b"www.example.org.")]


def test_a_circle_of_aliases_ends() -> None:
    assert ask("loop.lan").ancount <= 16


def test_rfc1034_4_3_2_3b_what_was_given_away_is_referred() -> None:
    answer = ask("host.sub.lan")
    assert (answer.rcode, answer.aa, answer.ancount) == (NOERROR, 0, 0)
    assert told(answer.ns) == [("sub.lan.", 2, b"ns.sub.lan.")]
    assert told(answer.ar) == [("ns.sub.lan.", 1, "10.0.1.53")]


@pytest.mark.parametrize(
    ("name", "type", "rcode"),
    [
        ("nix.lan", "A", NXDOMAIN),
        ("www.lan", "TXT", NOERROR),
        ("b.c.lan", "A", NOERROR),  # an empty non-terminal exists (RFC 4592 section 2.2.2)
        ("x.www.lan", "A", NXDOMAIN),
        ("wild.lan", "A", NOERROR),
        ("x.wild.lan", "TXT", NOERROR),
    ],
)
def test_rfc2308_3_a_denial_bears_the_soa_with_its_minimum(name: str, type: str, rcode: int) -> None:
    answer = ask(name, type)
    assert (answer.rcode, answer.aa, answer.ancount, answer.nscount) == (rcode, 1, 0, 1)
    assert (answer.ns[0].rrname, answer.ns[0].type, answer.ns[0].ttl) == (b"lan.", 6, 60)


def test_rfc4592_wildcards() -> None:
    assert told(ask("x.y.wild.lan").an) == [("x.y.wild.lan.", 1, "10.0.0.9")]
    assert told(ask("alias.wild.lan").an) == [
        ("alias.wild.lan.", 5, b"x.wild.lan."),
        ("x.wild.lan.", 1, "10.0.0.9"),
    ]


@pytest.mark.parametrize("name", ["example.org", ".", "org"])
def test_what_is_in_no_zone_is_refused(name: str) -> None:
    answer = ask(name)
    assert (answer.rcode, answer.aa, answer.ancount, answer.nscount) == (REFUSED, 0, 0, 0)


def test_kinds_of_questions_that_are_not_answered() -> None:
    assert ask("lan", "AXFR").rcode == REFUSED
    assert ask("www.lan", opcode=2).rcode == NOTIMP
    chaos = DNS(id=7, qd=DNSQR(qname="www.lan", qtype="A", qclass=3))
    assert DNS(SERVER.answer(bytes(chaos)) or b"").rcode == REFUSED
    none = DNS(id=7, qd=[])
    assert DNS(SERVER.answer(bytes(none)) or b"").rcode == FORMERR


def test_rfc8482_4_1_any_is_answered_with_one_set() -> None:
    assert told(ask("www.lan", "ALL").an) == [("www.lan.", 1, "10.0.0.1"), ("www.lan.", 1, "10.0.0.2")]


def test_rfc1035_4_2_1_a_datagram_holds_512_octets_and_says_when_that_is_too_few() -> None:
    answer = ask("many.lan")
    assert answer.tc == 1 and len(bytes(answer)) <= 512
    whole = ask("many.lan", stream=True)
    assert whole.tc == 0 and [record.rdata for record in whole.an] == [f"10.0.2.{n}" for n in range(60)]


def test_rfc6891_6_2_3_who_can_take_more_gets_more() -> None:
    roomy = ask("many.lan", ar=[DNSRROPT(rclass=4096)])
    assert roomy.tc == 0 and roomy.ancount == 60 and roomy.ar[0].type == 41
    assert ask("many.lan", ar=[DNSRROPT(rclass=100)]).tc == 1  # less than 512 counts as 512
    assert ask("www.lan", ar=[DNSRROPT(version=1)]).ar[0].extrcode == 1  # BADVERS


def test_what_must_not_be_answered() -> None:
    assert SERVER.answer(bytes(DNS(id=7, qr=1, qd=DNSQR(qname="www.lan")))) is None
    for length in range(12):
        assert SERVER.answer(bytes(DNS(id=7, qd=DNSQR(qname="www.lan")))[:length]) is None
    assert SERVER.answer(bytes(DNS(id=7, qr=1, qd=DNSQR(qname="www.lan")))[:-3]) is None


def test_rfc1035_4_1_1_what_cannot_be_read_is_a_format_error() -> None:
    octets = bytes(DNS(id=7, rd=1, qd=DNSQR(qname="www.lan")))[:-3]
    answer = DNS(SERVER.answer(octets) or b"")
    assert (answer.id, answer.qr, answer.rd, answer.rcode, answer.qdcount) == (7, 1, 1, FORMERR, 0)


def test_of_what_there_can_be_one_only_the_last_counts() -> None:
    text = "@ SOA ns root 1 1 1 1 1\n@ SOA ns root 2 1 1 1 1\n"
    first, second = (
        dns.zonefile.read_rrsets(line, origin=dns.name.from_text("lan"), default_ttl=9, rdclass=None)
        for line in text.splitlines()
    )
    query = bytes(DNS(id=7, qd=DNSQR(qname="lan", qtype="SOA")))
    answer = DNS(Authority([*first, *second]).answer(query) or b"")
    assert [record.serial for record in answer.an] == [2]


def never_fails(octets: bytes) -> None:
    for stream in (False, True):
        answer = SERVER.answer(octets, stream)
        if answer is not None:
            assert len(octets) >= 12 and not octets[2] & 0x80, "an answer is never answered"
            assert answer[:2] == octets[:2] and answer[2] & 0x80
            assert stream or len(answer) <= 4096 or octets.count(b"\0\x29")


HEADS = st.sampled_from(
    [b"\0\7\1\0\0\1\0\0\0\0\0\0", b"\0\7\1\0\0\1\0\0\0\0\0\1", b"\0\7\1\0\0\2\0\1\0\0\0\0"]
)
PIECES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [b"\3www", b"\4many", b"\3lan\0\0\1\0\1", b"\3lan\0\0\xff\0\1", b"\xc0\x0c\0\1\0\1", b"\xc0\0"]
    ),
    st.sampled_from([b"\0\0\x29\x10\0\0\0\0\0\0\0", b"\0\0\x29\0\0\0\1\0\0\0\0", b"\1*\4wild", b"\3sub"]),
)
MESSAGES = st.builds(lambda head, pieces: head + b"".join(pieces), HEADS, st.lists(PIECES, max_size=6))


@settings(max_examples=100, deadline=None)
@given(st.one_of(MESSAGES, st.binary(max_size=60)))
def test_no_question_is_too_strange(octets: bytes) -> None:
    never_fails(octets)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None)
@given(st.one_of(MESSAGES, st.binary(max_size=60)))
def test_no_question_is_too_strange_5000(octets: bytes) -> None:
    never_fails(octets)
