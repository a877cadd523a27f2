"""IGMP of a host (RFC 2236): routers learn which groups have members on a link.

A group that is joined is reported at once, and once more within ten seconds, as the first may be lost. A
query is answered after a random part of the time that it gives, and not at all if another member was
first. Who leaves says so if the last report was its own. The group of all hosts has every host as member,
and is never reported.

Sockets share memberships: the first makes one, the last ends it. The interface's device is given the
groups that it must let in.
"""

from typing import ClassVar

from stack import events
from stack.environment import Environment
from stack.errors import Fault
from stack.interface import Interface
from stack.ip import Ip, Path, Transport
from stack.timers import Timer
from stack.wire import igmp, ipv4
from stack.wire.address import ALL_HOSTS, ALL_ROUTERS, dotted, is_multicast
from stack.wire.error import WireError

SECOND = 1_000_000_000
UNSOLICITED_REPORT_INTERVAL = 10 * SECOND
"""Section 8.10."""
VERSION_1_ROUTER_PRESENT = 400 * SECOND
"""How long a query of version 1 counts (section 8.11)."""
VERSION_1_RESPONSE = 100
"""Tenths of a second that it gives (section 4)."""
_ROUTER_ALERT = b"\x94\4\0\0"
"""RFC 2113: routers look at the packet although it is for a group."""


class _Membership:
    """Of one interface in one group."""

    def __init__(self, timer: Timer) -> None:
        self.sockets = 0
        self.timer = timer
        """Of the next report."""
        self.reported_last = False
        """Whether the link's last report was this host's."""


class Igmp(Transport):
    """The memberships of one host."""

    name: ClassVar[str] = "IGMP"

    def __init__(self, environment: Environment, ip: Ip) -> None:
        self._environment = environment
        self._ip = ip
        self._members: dict[tuple[Interface, int], _Membership] = {}
        self._version_1_until: dict[Interface, int] = {}
        ip.join, ip.leave = self.join, self.leave

    def join(self, interface: Interface, group: int) -> None:
        """A socket becomes a member of `group` on `interface`."""
        if group == ALL_HOSTS:
            return
        key = interface, group
        member = self._members.get(key)
        if member is None:
            member = self._members[key] = _Membership(self._environment.timer(lambda: self._report(*key)))
            interface.let_in(group)
            if interface is not self._ip.loopback:
                self._report(interface, group)
                self._answer_within(member, UNSOLICITED_REPORT_INTERVAL)
        member.sockets += 1

    def leave(self, interface: Interface, group: int) -> None:
        """A socket is a member no longer."""
        if group == ALL_HOSTS:
            return
        member = self._members[interface, group]
        member.sockets -= 1
        if member.sockets:
            return
        del self._members[interface, group]
        member.timer.retire()
        interface.keep_out(group)
        if member.reported_last and not self._speaks_version_1(interface):
            self._send(interface, igmp.Message(igmp.LEAVE, 0, group), ALL_ROUTERS)
            self._environment.emit(events.GroupLeft, group=dotted(group), interface=interface.name)

    def receive(self, header: ipv4.Header, payload: bytes, group: bool) -> None:
        """A query, or another's report."""
        interface = self._ip.arrived
        try:
            message = igmp.parse(payload)
        except WireError as error:
            self._drop(interface, str(error), header)
            return
        if message.type == igmp.QUERY:
            self._query(interface, message, header)
        elif message.type in (igmp.REPORT, igmp.REPORT_1):
            member = self._members.get((interface, message.group))
            if member is not None:
                member.timer.stop()
                member.reported_last = False
        elif message.type != igmp.LEAVE:  # section 2.1: what later versions say is ignored
            self._drop(interface, f"IGMP type 0x{message.type:02x} is not spoken here", header)

    def fault(self, header: ipv4.Header, payload: bytes, fault: Fault) -> None:
        """Nothing: a group has no one who could complain."""

    def _query(self, interface: Interface, message: igmp.Message, header: ipv4.Header) -> None:
        if message.group and not is_multicast(message.group):
            self._drop(interface, "query about no group", header)
            return
        tenths = message.response or VERSION_1_RESPONSE
        if not message.response:
            self._version_1_until[interface] = self._environment.now + VERSION_1_ROUTER_PRESENT
        self._environment.emit(
            events.GroupQuery,
            router=dotted(header.source),
            group=dotted(message.group) if message.group else "all",
            interface=interface.name,
        )
        for (link, group), member in self._members.items():
            if link is interface and message.group in (0, group):
                self._answer_within(member, tenths * SECOND // 10)

    def _answer_within(self, member: _Membership, time: int) -> None:
        """Report after a random part of `time`, unless that was to be done earlier anyway (section 3)."""
        now, deadline = self._environment.now, member.timer.deadline
        if deadline is None or time < deadline - now:
            member.timer.arm(now + self._environment.random.randrange(1, time + 1))

    def _report(self, interface: Interface, group: int) -> None:
        kind = igmp.REPORT_1 if self._speaks_version_1(interface) else igmp.REPORT
        self._members[interface, group].reported_last = True
        self._environment.emit(events.GroupReported, group=dotted(group), interface=interface.name)
        self._send(interface, igmp.Message(kind, 0, group), group)

    def _speaks_version_1(self, interface: Interface) -> bool:
        return self._environment.now < self._version_1_until.get(interface, 0)

    def _send(self, interface: Interface, message: igmp.Message, group: int) -> None:
        path = Path(interface, group, interface.address)
        self._ip.send(path, ipv4.IGMP, group, message.pack(), ttl=1, loop=False, options=_ROUTER_ALERT)

    def _drop(self, interface: Interface, reason: str, header: ipv4.Header) -> None:
        self._environment.emit(
            events.IgmpDrop, reason=reason, interface=interface.name, source=dotted(header.source)
        )
