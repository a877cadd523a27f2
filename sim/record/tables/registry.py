"""The tables that there are, by name: `thicknet show`, the report and docs/running.md list these."""

from sim.record.tables.arp import Arp
from sim.record.tables.counters import Counters
from sim.record.tables.interfaces import Interfaces
from sim.record.tables.ports import HubPorts, SwitchPorts
from sim.record.tables.route import Routes
from sim.record.tables.sockets import Buffers, Sockets, Tcp
from sim.record.tables.switch import Addresses
from sim.record.tables.table import Table

TABLES: dict[str, type[Table]] = {
    table.name: table
    for table in (
        *(Sockets, Tcp, Buffers, Arp, Routes, Interfaces, Counters),
        *(Addresses, SwitchPorts, HubPorts),
    )
}
