"""The stub resolver (RFC 1034 section 5.3, RFC 1035, RFC 2308, RFC 7766), answered by scapy's messages."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from declared import declared
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRRSOA

from stack.dns.answer import Answer, Status
from stack.dns.cache import Cache
from stack.dns.resolver import Reply, Resolver, Settings, reverse_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from journal.event import FieldValue
    from journal.kind import EventKind
    from stack.dns.resolver import Query

SECOND = 1_000_000_000
NXDOMAIN, SERVFAIL, REFUSED = 3, 2, 5


def a(name: str, address: str, ttl: int = 100) -> DNSRR:
    return DNSRR(rrname=name, type="A", ttl=ttl, rdata=address)


def alias(name: str, target: str, ttl: int = 100) -> DNSRR:
    return DNSRR(rrname=name, type="CNAME", ttl=ttl, rdata=target)


def soa(minimum: int, ttl: int = 1000) -> DNSRRSOA:
    return DNSRRSOA(rrname="lan", ttl=ttl, mname="ns.lan", rname="root.lan", minimum=minimum)


def says(
    *records: DNSRR,
    authority: tuple = (),
    rcode: int = 0,
    aa: int = 1,
    tc: int = 0,
    id: int | None = None,
    name: str | None = None,
) -> Callable[[Query], bytes]:
    """A server that answers so."""

    def answer(query: Query) -> bytes:
        asked = DNS(query.octets)
        question = asked.qd[0] if name is None else DNSQR(qname=name, qtype=asked.qd[0].qtype)
        number = asked.id if id is None else (asked.id + id) % 65_536
        return bytes(
            DNS(
                id=number,
                qr=1,
                aa=aa,
                tc=tc,
                rd=1,
                rcode=rcode,
                qd=[question],
                an=[*records],
                ns=[*authority],
            )
        )

    return answer


class Desk:
    """A resolver whose queries `answers` answer in turn; None is silence, which takes the time-out."""

    def __init__(self, *answers: Callable[[Query], bytes] | None, **settings: object) -> None:
        self.answers = list(answers)
        self.asked: list[Query] = []
        self.now = 0
        settings.setdefault("servers", ("10.0.0.53",))
        self.events: list[tuple[str, str, dict]] = []
        self.resolver = Resolver(random.Random(1), self._emit, Settings(**settings))

    def _emit(self, kind: type[EventKind], /, **fields: FieldValue) -> None:
        self.events.append(declared(kind, fields))

    def find(self, name: str, type: str = "A") -> Answer:
        lookup = self.resolver.lookup(name, type, self.now)
        try:
            query = next(lookup)
            while True:
                self.asked.append(query)
                answer = self.answers.pop(0)
                self.now += query.timeout if answer is None else 1_000_000
                query = lookup.send(Reply(None if answer is None else answer(query), self.now))
        except StopIteration as end:
            return end.value

    def names(self) -> list[str]:
        """What was asked for, by scapy's eyes."""
        return [DNS(query.octets).qd[0].qname.decode() for query in self.asked]


def test_rfc1035_4_1_a_question_by_scapys_eyes() -> None:
    desk = Desk(says(a("www.lan", "10.0.0.1")))
    desk.find("www.lan")
    (query,) = desk.asked
    message = DNS(query.octets)
    assert (message.qr, message.opcode, message.rd, message.qdcount) == (0, 0, 1, 1)
    assert (message.ancount, message.nscount, message.arcount) == (0, 0, 0)
    assert (message.qd[0].qname, message.qd[0].qtype, message.qd[0].qclass) == (b"www.lan.", 1, 1)
    assert (query.server, query.stream) == ("10.0.0.53", False)


def test_all_addresses_in_the_servers_order() -> None:
    desk = Desk(says(a("www.lan", "10.0.0.9"), a("www.lan", "10.0.0.1")))
    assert desk.find("www.lan") == Answer(Status.FOUND, "www.lan", ("10.0.0.9", "10.0.0.1"), 100)


def test_rfc1034_5_3_3_an_answer_is_known_until_its_ttl_has_passed() -> None:
    desk = Desk(says(a("www.lan", "10.0.0.1", ttl=60)), says(a("www.lan", "10.0.0.2", ttl=60)))
    assert desk.find("www.lan").records == ("10.0.0.1",)
    desk.now += 59 * SECOND
    assert desk.find("WWW.lan").records == ("10.0.0.1",) and len(desk.asked) == 1  # 2.3.3: case means nothing
    desk.now += 1 * SECOND
    assert desk.find("www.lan").records == ("10.0.0.2",)


def test_the_ttl_that_is_left_is_told() -> None:
    cache = Cache(10)
    cache.put(("a", "A"), Answer(Status.FOUND, "a", ("1",), 60), 0)
    found = cache.find(("a", "A"), 59_000_000_001)
    assert found is not None and found.ttl == 1
    assert cache.find(("a", "A"), 60 * SECOND) is None and len(cache) == 0


def test_rfc1035_3_2_1_a_ttl_of_zero_is_not_kept() -> None:
    desk = Desk(says(a("www.lan", "10.0.0.1", ttl=0)), says(a("www.lan", "10.0.0.2", ttl=0)))
    assert [desk.find("www.lan").records for _ in range(2)] == [("10.0.0.1",), ("10.0.0.2",)]


def test_rfc1035_7_3_nothing_is_believed_for_more_than_a_week() -> None:
    week = 7 * 24 * 3600
    assert Desk(says(a("x.lan", "10.0.0.1", ttl=week + 1))).find("x.lan").ttl == week
    assert Desk(says(a("x.lan", "10.0.0.1", ttl=week))).find("x.lan").ttl == week


def test_rfc2308_5_a_denial_is_known_for_the_lesser_of_the_soas_times() -> None:
    for minimum, ttl in ((30, 1000), (1000, 30)):
        deny = says(authority=(soa(minimum, ttl),), rcode=NXDOMAIN)
        desk = Desk(deny, deny)
        assert desk.find("nix.lan").status is Status.NO_NAME
        desk.now = 29 * SECOND
        assert desk.find("nix.lan").status is Status.NO_NAME and len(desk.asked) == 1
        desk.now = 31 * SECOND
        desk.find("nix.lan")
        assert len(desk.asked) == 2


def test_rfc2308_5_a_denial_without_soa_is_not_kept() -> None:
    desk = Desk(*[says(rcode=NXDOMAIN)] * 2)
    assert [desk.find("nix.lan").status for _ in range(2)] == [Status.NO_NAME] * 2
    assert len(desk.asked) == 2


def test_rfc2308_5_no_denial_is_believed_for_more_than_three_hours() -> None:
    desk = Desk(says(authority=(soa(10**6, 10**6),), rcode=NXDOMAIN))
    assert desk.find("nix.lan").ttl == 3 * 3600


def test_rfc2308_2_2_no_data_is_not_no_name() -> None:
    desk = Desk(says(authority=(soa(60),)))
    assert desk.find("www.lan", "MX").status is Status.NO_DATA
    assert desk.find("www.lan", "MX").status is Status.NO_DATA and len(desk.asked) == 1


def test_types_are_known_apart() -> None:
    desk = Desk(says(authority=(soa(60),)), says(a("www.lan", "10.0.0.1")))
    assert desk.find("www.lan", "MX").status is Status.NO_DATA
    assert desk.find("www.lan", "A").status is Status.FOUND


def test_silence_is_asked_again_with_twice_the_patience() -> None:
    desk = Desk(None, None, None, attempts=3)
    assert desk.find("www.lan").status is Status.TRY_AGAIN
    assert [query.timeout // SECOND for query in desk.asked] == [5, 10, 20]
    assert len({DNS(query.octets).id for query in desk.asked}) == 3  # RFC 5452 section 9.2


def test_several_servers_are_asked_in_turn_and_share_the_later_rounds() -> None:
    servers = ("10.0.0.1", "10.0.0.2")
    desk = Desk(None, None, None, says(a("www.lan", "10.0.0.7")), servers=servers)
    assert desk.find("www.lan").records == ("10.0.0.7",)
    asked = [(query.server, query.timeout // SECOND) for query in desk.asked]
    assert asked == [("10.0.0.1", 5), ("10.0.0.2", 5), ("10.0.0.1", 5), ("10.0.0.2", 5)]


@pytest.mark.parametrize(
    "useless",
    [
        says(rcode=SERVFAIL),
        says(rcode=REFUSED),
        says(authority=(DNSRR(rrname="lan", type="NS", rdata="ns.lan"),), aa=0),
        says(alias("www.lan", "www.lan")),
        says(a("www.lan", "10.0.0.1"), rcode=NXDOMAIN),
        says(a("www.lan", "10.0.0.1"), id=1),
        says(a("evil.lan", "10.0.0.1"), name="evil.lan"),
        lambda query: query.octets,
        lambda query: b"",
        lambda query: says(a("www.lan", "10.0.0.1"))(query)[:-5],
    ],
    ids=[
        *("SERVFAIL", "REFUSED", "referral", "circle", "denial with an answer"),
        *("other number", "other question", "no answer", "empty", "cut off"),
    ],
)
def test_what_does_not_help_leads_to_the_next_server(useless: Callable[[Query], bytes]) -> None:
    desk = Desk(useless, says(a("www.lan", "10.0.0.7")), servers=("10.0.0.1", "10.0.0.2"))
    assert desk.find("www.lan").records == ("10.0.0.7",)
    assert [query.server for query in desk.asked] == ["10.0.0.1", "10.0.0.2"]
    assert [fields["server"] for _, kind, fields in desk.events if kind == "next server"] == ["10.0.0.1"]


def test_try_again_is_not_remembered() -> None:
    desk = Desk(None, None, says(a("www.lan", "10.0.0.7")))
    assert [desk.find("www.lan").status for _ in range(2)] == [Status.TRY_AGAIN, Status.FOUND]
    reasons = [fields["reason"] for _, kind, fields in desk.events if kind == "next server"]
    assert reasons == ["no answer", "no answer"]


def test_rfc7766_5_a_truncated_answer_is_asked_for_again_over_tcp() -> None:
    desk = Desk(says(tc=1), says(a("www.lan", "10.0.0.7")))
    assert desk.find("www.lan").records == ("10.0.0.7",)
    assert [(query.server, query.stream) for query in desk.asked] == [
        ("10.0.0.53", False),
        ("10.0.0.53", True),
    ]


def test_rfc2181_9_what_a_truncated_answer_holds_is_not_used() -> None:
    desk = Desk(says(a("www.lan", "10.0.0.6"), tc=1), None, says(a("www.lan", "10.0.0.7")))
    assert desk.find("www.lan").records == ("10.0.0.7",)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("www", ["www.a.lan.", "www.lan.", "www."]),
        ("www.b", ["www.b.", "www.b.a.lan.", "www.b.lan."]),
        ("www.b.", ["www.b."]),
    ],
)
def test_rfc1123_6_1_4_3_search_list(name: str, asked: list[str]) -> None:
    desk = Desk(*[says(authority=(soa(60),), rcode=NXDOMAIN)] * len(asked), search=("a.lan", "lan"))
    assert desk.find(name).status is Status.NO_NAME
    assert desk.names() == asked


def test_ndots_decides_what_is_tried_first() -> None:
    desk = Desk(*[says(authority=(soa(60),), rcode=NXDOMAIN)] * 2, search=("lan",), ndots=2)
    desk.find("www.b")
    assert desk.names() == ["www.b.lan.", "www.b."]


def test_the_search_ends_with_the_first_that_is_found_and_when_nobody_answers() -> None:
    deny = says(authority=(soa(60),), rcode=NXDOMAIN)
    desk = Desk(deny, says(a("www.lan", "10.0.0.7")), search=("a.lan", "lan"))
    assert desk.find("www") == Answer(Status.FOUND, "www.lan", ("10.0.0.7",), 100)
    silent = Desk(None, None, search=("a.lan", "lan"))
    assert silent.find("www").status is Status.TRY_AGAIN and set(silent.names()) == {"www.a.lan."}


def test_a_name_that_is_there_without_the_data_is_told_as_such_after_the_search() -> None:
    deny = says(authority=(soa(60),), rcode=NXDOMAIN)
    desk = Desk(says(authority=(soa(60),)), deny, search=("lan",))
    assert desk.find("www").status is Status.NO_DATA


def test_rfc1034_3_6_2_aliases_are_followed_in_an_answer() -> None:
    desk = Desk(says(alias("www.lan", "web.lan", ttl=7), a("web.lan", "10.0.0.7")))
    assert desk.find("www.lan") == Answer(Status.FOUND, "web.lan", ("10.0.0.7",), 7)


def test_rfc1034_5_3_3_4c_an_alias_alone_is_asked_for() -> None:
    desk = Desk(says(alias("www.lan", "web.org", ttl=7)), says(a("web.org", "10.0.0.7")))
    assert desk.find("www.lan") == Answer(Status.FOUND, "web.org", ("10.0.0.7",), 7)
    assert desk.names() == ["www.lan.", "web.org."]
    desk.find("www.lan")
    assert len(desk.asked) == 2


def test_aliases_that_lead_from_server_to_server_for_ever_end() -> None:
    desk = Desk(*[says(alias("a.org", "b.org")), says(alias("b.org", "a.org"))] * 8)
    assert desk.find("a.org").status is Status.TRY_AGAIN
    assert len(desk.asked) == 16


def test_rfc5452_records_of_other_names_are_not_believed() -> None:
    desk = Desk(says(a("www.lan", "10.0.0.1"), a("bank.lan", "10.6.6.6")), says(a("bank.lan", "10.0.0.2")))
    desk.find("www.lan")
    assert desk.find("bank.lan").records == ("10.0.0.2",)


def test_rfc1035_3_5_reverse_names() -> None:
    assert reverse_name("192.168.1.20") == "20.1.168.192.in-addr.arpa."
    pointer = DNSRR(rrname="20.1.168.192.in-addr.arpa", type="PTR", rdata="server.lan", ttl=5)
    desk = Desk(says(pointer), search=("lan",))
    assert desk.find(reverse_name("192.168.1.20"), "PTR").records == ("server.lan",)
    assert len(desk.asked) == 1


@pytest.mark.parametrize("name", ["a" * 64 + ".lan", "a..b", ".".join(["a" * 60] * 5), "\udcff.lan"])
def test_rfc1035_2_3_4_names_that_nobody_can_have_are_not_asked_for(name: str) -> None:
    desk = Desk()
    assert desk.find(name).status is Status.NO_NAME and not desk.asked


def test_without_a_server_nobody_is_asked() -> None:
    assert Desk(servers=()).find("www.lan").status is Status.TRY_AGAIN


def test_the_cache_is_bounded_and_the_oldest_gives_way() -> None:
    cache = Cache(3)
    for number in range(5):
        cache.put((str(number), "A"), Answer(Status.FOUND, "x", ("1",), 60), 0)
    assert [number for number in range(5) if cache.find((str(number), "A"), 1)] == [2, 3, 4]


def never_fails(octets: bytes) -> None:
    resolver = Resolver(random.Random(1), settings=Settings(servers=("10.0.0.53",), attempts=1))
    lookup = resolver.lookup("www.lan", "A", 0)
    query = next(lookup)
    number = query.octets[:2]
    try:
        for message in (octets, number + octets, number + b"\x85\0" + octets):
            lookup.send(Reply(message, 1))
    except StopIteration as end:
        assert isinstance(end.value, Answer)


PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"\x85\0\0\1\0\1\0\0\0\0",
            b"\3www\3lan\0\0\1\0\1",
            b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\1",
            b"\xc0\0",
        ]
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=6).map(b"".join))
def test_no_answer_is_too_strange(octets: bytes) -> None:
    never_fails(octets)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None)
@given(st.lists(PIECES, max_size=6).map(b"".join))
def test_no_answer_is_too_strange_5000(octets: bytes) -> None:
    never_fails(octets)
