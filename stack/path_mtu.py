"""Path MTU discovery (RFC 1191): how large a packet may be on the way to each destination.

A router that cannot pass a packet with DF says so, with the MTU of the next link (RFC 1191 section 4)
or, if it is older than that, without: then the next lower of the values that links commonly have is
tried (section 7.1). What was learned is forgotten after ten minutes (section 6.3), so that a better
way is found in time.
"""

from stack.environment import Environment

PLATEAUS = (65_535, 32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68)
"""Table 7-1 of RFC 1191."""
MINIMUM = 68
"""Every link takes so much (RFC 791 section 3.2)."""


class PathMtus:
    """What one host has learned. Addresses are integers, sizes octets."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._known: dict[int, tuple[int, int]] = {}  # destination: MTU, forgotten at

    def get(self, destination: int, link: int) -> int:
        """The MTU towards `destination` when the first link's is `link`."""
        if not self._known or (found := self._known.get(destination)) is None:
            return link
        mtu, until = found
        if self._environment.now >= until:
            del self._known[destination]
            return link
        return min(mtu, link)

    def lower(self, destination: int, reported: int, length: int) -> int | None:
        """A packet of `length` octets was too long; `reported` is the router's value, 0 without.

        Returns the new MTU, None if the message says nothing new.
        """
        mtu = reported if reported else next((size for size in PLATEAUS if size < length), MINIMUM)
        mtu = max(mtu, self._environment.parameters.minimum_path_mtu)
        if mtu >= self.get(destination, length):  # it did leave our own link
            return None
        while len(self._known) >= self._environment.parameters.path_mtu_entries:
            del self._known[next(iter(self._known))]
        lifetime = self._environment.parameters.path_mtu_lifetime
        self._known[destination] = mtu, self._environment.now + lifetime
        return mtu
