"""Objects that stand in sets, hashed by serial number inside a simulated program.

By default a set's order is that of memory addresses, which would decide who is awaited, joined or served
first, and no two runs would be equal.
"""

from sim.os.process import current


def serial_hash(one: object) -> int:
    """The hash of an object: a number of the run, given when it is first asked for; outside, as ever."""
    own = vars(one)
    if "_serial" not in own:
        thread = current()
        own["_serial"] = object.__hash__(one) if thread is None else thread.kernel.next_serial()
    serial: int = own["_serial"]
    return serial
