"""The PHY as a box of its own: a 10 Mb/s PHY between an MII and an AUI that others have made.

       MII                                                              AUI
        |-- mii_transmit -- phy_transmit -------------------------- data-out |
        |-- mii_receive --- phy_receive --- manchester_decoder ----- data-in |
        |-- mii_carrier ----------------------------------------- control-in |
        |-- phy_management

Modules are the adapter's; around them are the clocks of MII, what keeps its pins still where these rise, and
clock recovery as a circuit. The comparators at the pairs are analogue and stay outside.
"""

from hw.parts import Module

MODULES = (
    Module("mii_transmit"),
    Module("phy_transmit", {"txd": "tx_nibble", "tx_en": "tx_valid", "loopback": "mac_loopback"}),
    Module(
        "phy_receive", {"bit_clk": "rx_bit_clk", "rxd": "rx_nibble", "rx_dv": "rx_shown", "rx_er": "rx_error"}
    ),
    Module("mii_receive", {"bit_clk": "rx_bit_clk", "rx_valid": "rx_shown"}),
    Module("manchester_decoder"),
    Module("mii_carrier"),
    Module("phy_management", {"mdo": "mdio_i", "mdi": "mdio_o", "mdi_en": "mdio_oe"}),
)
PINS = (
    *("reset", "bit_clk", "sample_clk"),
    *("tx_clk", "txd", "tx_en", "tx_er", "rx_clk", "rxd", "rx_dv", "rx_er", "crs", "col"),
    *("mdc", "mdio_i", "mdio_o", "mdio_oe"),
    *("aui_do", "aui_do_active", "aui_di", "aui_di_active", "aui_ci", "phy_full_duplex"),
    *("link", "negotiates", "announce", "partner_announces", "phy_jabber", "polarity"),
)
TIED = {"mac_loopback": 0, "mdo_en": 1}
"""Loopback is the control register's; MDIO is 1 when nobody drives it."""
UNUSED = {"tx_er": "MII transmit error, without effect at 10 Mb/s"}
