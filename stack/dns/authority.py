"""What a name server answers for its zones (RFC 1034 section 4.3.2), without I/O.

It asks nobody else: for names that are in no zone of its own it refuses, and what it has delegated it
refers to those in charge.
"""

from collections.abc import Iterable, Iterator

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdatatype import RdataType

DATAGRAM = 512
"""Octets of a message over UDP (RFC 1035 section 4.2.1), unless EDNS in the query allows more (RFC 6891)."""
_LONGEST_CHAIN = 16
_WILDCARD = dns.name.from_text("*", None)
_NOT_DATA = {RdataType.AXFR, RdataType.IXFR, RdataType.MAILA, RdataType.MAILB, RdataType.OPT, RdataType.TSIG}


class Authority:
    """The zones that `records` make: one begins wherever there is an SOA record.

    Of what there can be one only (SOA, CNAME) the last counts.
    """

    def __init__(self, records: Iterable[dns.rrset.RRset]) -> None:
        self._nodes: dict[dns.name.Name, dict[RdataType, dns.rrset.RRset]] = {}
        for rrset in records:
            types = self._nodes.setdefault(rrset.name.canonicalize(), {})
            known = types.setdefault(rrset.rdtype, rrset)
            for record in rrset if known is not rrset else ():
                known.add(record, rrset.ttl)
        self._between = {above for name in self._nodes for above in _up(name)}
        """Names that have something below them (RFC 4592 section 2.2.2: they exist, if empty)."""

    def answer(self, octets: bytes, stream: bool = False) -> bytes | None:
        """The answer to a message, cut to what a datagram takes unless it came by `stream`.

        None for what must not be answered: answers, and what is too short to have a number.
        """
        try:
            query = dns.message.from_wire(octets, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError):
            return _format_error(octets)
        if query.flags & dns.flags.QR:
            return None
        response = dns.message.make_response(query, our_payload=DATAGRAM)
        if query.opcode() != dns.opcode.QUERY:
            response.set_rcode(dns.rcode.NOTIMP)
        elif query.edns > 0:
            response.set_rcode(dns.rcode.BADVERS)  # RFC 6891 section 6.1.3
        elif len(query.question) != 1:
            response.set_rcode(dns.rcode.FORMERR)
        else:
            self._resolve(query.question[0], response)
        if stream:
            return response.to_wire(want_shuffle=False)
        room = max(query.payload, DATAGRAM) if query.edns == 0 else DATAGRAM
        return response.to_wire(max_size=room, prefer_truncation=True, want_shuffle=False)

    def _resolve(self, question: dns.rrset.RRset, response: dns.message.Message) -> None:
        """Fill in the sections."""
        if question.rdclass not in (dns.rdataclass.IN, dns.rdataclass.ANY) or question.rdtype in _NOT_DATA:
            response.set_rcode(dns.rcode.REFUSED)
            return
        name = question.name
        for _ in range(_LONGEST_CHAIN):
            zone = self._zone(name)
            if zone is None:
                if not response.answer:  # otherwise an alias led out of here, and the resolver goes on (3.a)
                    response.set_rcode(dns.rcode.REFUSED)
                return
            cut = self._cut(name, zone)
            if cut is not None:
                self._refer(cut, response)
                return
            response.flags |= dns.flags.AA
            node = self._node(name)
            alias = None if node is None else node.get(RdataType.CNAME)
            if alias is None or question.rdtype in (RdataType.CNAME, RdataType.ANY):
                self._conclude(name, node, question.rdtype, zone, response)
                return
            response.answer.append(_named(alias, name))
            name = alias[0].target

    def _zone(self, name: dns.name.Name) -> dns.name.Name | None:
        """The nearest zone of ours that `name` is in (step 2)."""
        for apex in (name, *_up(name)):
            if RdataType.SOA in self._nodes.get(apex.canonicalize(), {}):
                return apex
        return None

    def _cut(self, name: dns.name.Name, zone: dns.name.Name) -> dns.rrset.RRset | None:
        """The NS records by which something between `zone` and `name` was given away (step 3.b)."""
        found = None
        for above in (name, *_up(name)):
            if above == zone:
                return found
            found = self._nodes.get(above.canonicalize(), {}).get(RdataType.NS, found)
        return found

    def _node(self, name: dns.name.Name) -> dict[RdataType, dns.rrset.RRset] | None:
        """What there is at `name`, by itself or by a wildcard; None if there is no such name (step 3.c)."""
        here = name.canonicalize()
        if here in self._nodes or here in self._between:
            return self._nodes.get(here, {})
        for encloser in _up(here):
            if encloser in self._nodes or encloser in self._between:
                return self._nodes.get(_WILDCARD.derelativize(encloser))
        return None

    def _conclude(
        self,
        name: dns.name.Name,
        node: dict[RdataType, dns.rrset.RRset] | None,
        type: RdataType,
        zone: dns.name.Name,
        response: dns.message.Message,
    ) -> None:
        """Give the records, or deny them with the SOA, whose TTL says for how long (RFC 2308 section 3)."""
        if node is not None and type == RdataType.ANY:
            type = next(iter(node), type)  # one set is enough (RFC 8482 section 4.1)
        if node is not None and type in node:
            response.answer.append(_named(node[type], name))
            return
        soa = _named(self._nodes[zone.canonicalize()][RdataType.SOA], zone)
        soa.update_ttl(min(soa.ttl, soa[0].minimum))
        response.authority.append(soa)
        if node is None:
            response.set_rcode(dns.rcode.NXDOMAIN)

    def _refer(self, cut: dns.rrset.RRset, response: dns.message.Message) -> None:
        """Name those in charge, with their addresses as far as they are known here."""
        response.authority.append(cut)
        for record in cut:
            glue = self._nodes.get(record.target.canonicalize(), {}).get(RdataType.A)
            if glue is not None:
                response.additional.append(glue)


def _up(name: dns.name.Name) -> Iterator[dns.name.Name]:
    """The names above `name`, up to the root."""
    while name != dns.name.root:
        name = name.parent()
        yield name


def _named(rrset: dns.rrset.RRset, name: dns.name.Name) -> dns.rrset.RRset:
    """A copy of `rrset` for `name`, spelt as the question spells it."""
    return dns.rrset.from_rdata_list(name, rrset.ttl, list(rrset))


def _format_error(octets: bytes) -> bytes | None:
    """For a query whose header can be read but not what follows (RFC 1035 section 4.1.1)."""
    flags = int.from_bytes(octets[2:4], "big")
    if len(octets) < 12 or flags & dns.flags.QR:
        return None
    error = dns.message.Message(id=int.from_bytes(octets[:2], "big"))
    error.flags = dns.flags.QR | flags & (dns.flags.RD | 0x7800)
    error.set_rcode(dns.rcode.FORMERR)
    return error.to_wire()
