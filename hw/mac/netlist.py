"""The MAC as a box of its own: the adapter without its PHY, for a bus and an MII that others have made.

        Wishbone, DMA, irq                                         MII
             |                                                      |
    wishbone_port, registers, descriptors - toggles - mac_transmit -+   slow_clocks: slot, deferral, pause
             |                            - toggles - mac_receive  -+
    reset_control, mii_management -- mdc_divider -- MDC, MDIO ------+

Modules are the adapter's. Around them is what there is no circuit (`hw.analogue.crystal`) or is not needed:
divided clocks, MDC, reset, and the signals by which a Wishbone slave is one of several. The bus side has one
clock, which runs all the time, as MII's clocks do.
"""

from hw.parts import Module

_BUS = {"reset": "bus_reset"}
_SEND = {"reset": "tx_reset"}
MODULES = (
    Module("reset_control"),
    Module("reset_synchroniser", {"clk": "tx_clk", "reset": "bus_reset", "synchronised": "tx_reset"}),
    Module("reset_synchroniser", {"clk": "rx_clk", "reset": "bus_reset", "synchronised": "rx_reset"}),
    Module("wishbone_port", _BUS),
    Module(
        "registers",
        _BUS | {"reg_clk": "bus_clk", "s_stb": "cycle", "s_ack": "slave_ack", "s_err": "slave_err"},
    ),
    Module("descriptors", _BUS),
    Module("mii_management", _BUS | {"mdi": "mdio_i"}),
    Module("mdc_divider", _BUS),
    Module("mac_transmit", _SEND),
    Module("backoff_timer", _SEND),
    Module("defer_test", _SEND),
    Module("pause_timer", _SEND),
    Module("slow_clocks", _SEND),
    Module("mac_receive", {"reset": "rx_reset"}),
)
PINS = (
    *("reset", "bus_clk"),
    *("s_adr", "s_dat_w", "s_dat_r", "s_sel", "s_we", "s_cyc", "s_stb", "s_ack", "s_err"),
    *("m_adr", "m_dat_w", "m_dat_r", "m_sel", "m_we", "m_cyc", "m_stb", "m_ack", "m_err"),
    "irq",
    *("tx_clk", "txd", "tx_en", "tx_er", "rx_clk", "rxd", "rx_dv", "rx_er", "crs", "col"),
    *("mdc", "mdio_i", "mdio_o", "mdio_oe"),
    *("loopback", "rom_address", "station_seed", "late_retry", "late_from_sfd"),
)
TIED = {"tx_er": 0, "tx_end_0": 0, "tx_end_1": 0}
"""It never spoils a frame by tx_er: one that runs out of data ends without a good FCS. Ends of frames the
descriptors know by their length."""
