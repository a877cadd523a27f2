"""A host's stub resolver (RFC 1034 section 5.3.1): it asks name servers that answer in full, and remembers.

`lookup` is a generator: it yields a `Query` to be carried to a server and is sent the `Reply`, and
what it returns is the answer. A name that is not written out in full is tried in the domains of the search
list. When a server is silent, refuses or makes no sense, the next one is asked; when all have been, the
round begins again with twice the patience, which they share (RFC 1536 section 1). A truncated answer is
asked for again over TCP (RFC 7766 section 5).
"""

import random as random_module
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.reversename

from journal.kind import Emit, silent
from stack.dns import events
from stack.dns.answer import Answer, Status
from stack.dns.cache import Cache

SECOND = 1_000_000_000
_CAPACITY = 1024
"""Answers in a cache."""
_LONGEST_CHAIN = 16
"""CNAMEs followed from server to server, so that a circle ends."""


@dataclass(frozen=True, slots=True)
class Settings:
    """As in resolv.conf(5), with its defaults. Times are in ns, TTLs in seconds."""

    servers: tuple[str, ...] = ()
    """Name servers, dotted, in the order in which they are asked."""
    search: tuple[str, ...] = ()
    """Domains in which a name is tried that is not written out in full."""
    ndots: int = 1
    """A name with this many dots is tried as it stands before the search list, others after it."""
    timeout: int = 5 * SECOND
    """For the first answer of a server; RFC 1035 section 4.2.1 recommends two to five seconds."""
    attempts: int = 2
    """Rounds through the servers."""
    maximum_ttl: int = 7 * 24 * 3600
    """No answer is believed longer (RFC 1035 section 7.3: a week or less)."""
    maximum_negative_ttl: int = 3 * 3600
    """No denial is (RFC 2308 section 5: one to three hours work well)."""


class Reply(NamedTuple):
    """What came for a query by the instant `now` (ns): a message, or None."""

    octets: bytes | None
    now: int


class Query(NamedTuple):
    """A question for port 53 of `server`, over TCP if it is a `stream`; it waits `timeout` ns."""

    server: str
    timeout: int
    message: dns.message.Message
    stream: bool = False

    @property
    def octets(self) -> bytes:
        """The message, as it goes into a datagram."""
        return self.message.to_wire()

    def read(self, octets: bytes) -> dns.message.Message | None:
        """The answer to this query; None if `octets` are none: another's, forged or broken (RFC 5452 9.1)."""
        try:
            message = dns.message.from_wire(octets, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError):
            return None
        return message if self.message.is_response(message) else None


class Resolver:
    """The resolver of one host; `random` is the host's seeded source."""

    def __init__(
        self, random: random_module.Random, emit: Emit = silent, settings: Settings | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.cache = Cache(_CAPACITY)
        self._random = random
        self._emit = emit

    def lookup(self, name: str, type: str, now: int) -> Generator[Query, Reply, Answer]:
        """Find the records of `type` (A, PTR …) of `name`."""
        denial = Answer(Status.NO_NAME, name)
        for candidate in self._candidates(name):
            answer, now = yield from self._follow(candidate, type, now)
            if answer.status in (Status.FOUND, Status.TRY_AGAIN):
                return answer  # who may know it is silent: another name would be the wrong one
            if denial.status is Status.NO_NAME:
                denial = answer._replace(name=name)
        return denial

    def query(self, server: str, name: dns.name.Name, type: str, timeout: int, stream: bool = False) -> Query:
        """A question with a number that nobody can foresee (RFC 5452 section 9.2)."""
        message = dns.message.make_query(name, type, id=self._random.getrandbits(16))
        return Query(server, timeout, message, stream)

    def _candidates(self, text: str) -> Iterator[dns.name.Name]:
        """The names that `text` may mean, best first (RFC 1123 section 6.1.4.3, resolv.conf(5))."""
        try:
            name = dns.name.from_text(text, None)
        except (dns.exception.DNSException, UnicodeError):
            return  # nobody can have this name
        full = [name.derelativize(dns.name.root)]
        if name.is_absolute():
            yield from full
            return
        searched = []
        for domain in self.settings.search:
            try:
                searched.append(name.derelativize(dns.name.from_text(domain)))
            except dns.exception.DNSException:
                continue  # too long together
        yield from full + searched if text.count(".") >= self.settings.ndots else searched + full

    def _follow(
        self, name: dns.name.Name, type: str, now: int
    ) -> Generator[Query, Reply, tuple[Answer, int]]:
        """Ask for `name`, and for what it is an alias of if the server does not say (RFC 1034 5.3.3, 4.c)."""
        key = plain(name).lower(), type
        answer = self.cache.find(key, now)
        if answer is not None:
            self._emit(events.Cached, name=key[0], type=type, answer=in_words(answer), ttl=answer.ttl)
            return answer, now
        ttl = self.settings.maximum_ttl
        for _ in range(_LONGEST_CHAIN):
            answer, alias, now = yield from self._ask(name, type, now)
            ttl = min(ttl, answer.ttl)
            if alias is None:
                answer = answer._replace(ttl=ttl)
                self.cache.put(key, answer, now)
                return answer, now
            name = alias
        return Answer(Status.TRY_AGAIN, plain(name)), now

    def _ask(
        self, name: dns.name.Name, type: str, now: int
    ) -> Generator[Query, Reply, tuple[Answer, dns.name.Name | None, int]]:
        """Ask the servers until one answers; with an alias if that is all it knows."""
        settings = self.settings
        for attempt in range(settings.attempts):
            share = len(settings.servers) if attempt else 1
            for server in settings.servers:
                message, now = yield from self._converse(
                    server, name, type, (settings.timeout << attempt) // share
                )
                chain = None if message is None else self._chain(message)
                if message is None or chain is None:
                    reason = "no answer" if message is None else dns.rcode.to_text(message.rcode())
                    self._emit(events.NextServer, server=server, name=plain(name), type=type, reason=reason)
                    continue
                answer, alias = self._interpret(message, chain)
                words = in_words(answer) if alias is None else f"an alias of {answer.name}"
                self._emit(
                    events.Reply, server=server, name=plain(name), type=type, answer=words, ttl=answer.ttl
                )
                return answer, alias, now
        return Answer(Status.TRY_AGAIN, plain(name)), None, now

    def _converse(
        self, server: str, name: dns.name.Name, type: str, patience: int
    ) -> Generator[Query, Reply, tuple[dns.message.Message | None, int]]:
        """Put one question to one server; once more over TCP if the answer does not fit a datagram."""
        query = self.query(server, name, type, patience)
        while True:
            over = "TCP" if query.stream else "UDP"
            self._emit(events.Question, server=server, name=plain(name), type=type, over=over)
            octets, now = yield query
            message = None if octets is None else query.read(octets)
            if message is None or not message.flags & dns.flags.TC or query.stream:
                return message, now
            query = self.query(server, name, type, patience, stream=True)

    def _chain(self, message: dns.message.Message) -> dns.message.ChainingResult | None:
        """The aliases and the records of an answer; None if the next server has to be asked."""
        assert isinstance(message, dns.message.QueryMessage)
        if message.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN) or _is_referral(message):
            return None
        try:
            return message.resolve_chaining()
        except dns.exception.DNSException:  # a circle of aliases, or a denial with an answer
            return None

    def _interpret(
        self, message: dns.message.Message, chain: dns.message.ChainingResult
    ) -> tuple[Answer, dns.name.Name | None]:
        """What a message says, with its TTL; and the alias that is left when it ends in one."""
        name = plain(chain.canonical_name)
        if chain.answer is not None:
            ttl = min(chain.minimum_ttl, self.settings.maximum_ttl)
            return Answer(Status.FOUND, name, tuple(_text(record) for record in chain.answer), ttl), None
        denied = message.rcode() == dns.rcode.NXDOMAIN
        has_soa = any(rrset.rdtype == dns.rdatatype.SOA for rrset in message.authority)
        if chain.cnames and not denied and not has_soa:
            ttl = min(rrset.ttl for rrset in chain.cnames)
            return Answer(Status.NO_DATA, name, ttl=ttl), chain.canonical_name
        # RFC 2308 section 5: a denial without the zone's SOA says nothing of how long it holds.
        ttl = min(chain.minimum_ttl, self.settings.maximum_negative_ttl) if has_soa else 0
        return Answer(Status.NO_NAME if denied else Status.NO_DATA, name, ttl=ttl), None


def plain(name: dns.name.Name) -> str:
    """A name as people write it, without the root's dot."""
    return name.to_text(omit_final_dot=True)


def in_words(answer: Answer) -> str:
    """An answer in a word or two, for events."""
    return " ".join(answer.records) if answer.status is Status.FOUND else answer.status.value


def reverse_name(address: str) -> str:
    """The name under in-addr.arpa at which the PTR record of `address` is (RFC 1035 section 3.5)."""
    return dns.reversename.from_address(str(IPv4Address(address))).to_text()


def _text(record: dns.rdata.Rdata) -> str:
    target = getattr(record, "target", None)  # of PTR, CNAME, NS
    return plain(target) if isinstance(target, dns.name.Name) else record.to_text()


def _is_referral(message: dns.message.Message) -> bool:
    """Neither an answer nor a denial, from one that neither is in charge nor asks others."""
    return (
        message.rcode() == dns.rcode.NOERROR
        and not message.answer
        and not message.flags & (dns.flags.AA | dns.flags.RA)
        and not any(rrset.rdtype == dns.rdatatype.SOA for rrset in message.authority)
    )
