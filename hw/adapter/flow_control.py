"""Flow control registers: CTRLMODER and TXCTRL.

TXPAUSERQ asks the MAC for one PAUSE frame with TXPAUSETV. It reads as one until that frame has left, and
TXCTRL keeps still meanwhile; without TXFLOW there is nothing to wait for, and it reads as zero at once.
"""

from typing import Any

from myhdl import always, always_comb, block, concat, intbv

from hw.adapter import map as m
from hw.ports import into, out, register

CLOCK = "reg_clk"
PORTS = (
    into("reg_clk", 1, "bus clock, 25 MHz, while a register is needed"),
    into("address", 8, "word address"),
    into("word", 17, "word to write: its lower bits"),
    into("write", 1, "for one tick: write it"),
    into("clear", 1, "for one tick: back to the reset values"),
    into("left", 1, "for one tick: a PAUSE frame has left"),
    out("data", 32, "the word at the address; 0 if there is none here"),
    out("pass_all", 1, "PASSALL"),
    out("rx_flow", 1, "RXFLOW"),
    out("tx_pause", 1, "changes when a PAUSE frame is wanted"),
    out("tx_pause_time", 16, "TXPAUSETV, in quanta of 512 bit times"),
)


@block
def flow_control(
    reg_clk: Any,
    address: Any,
    word: Any,
    write: Any,
    clear: Any,
    left: Any,
    data: Any,
    pass_all: Any,
    rx_flow: Any,
    tx_pause: Any,
    tx_pause_time: Any,
) -> Any:
    """The flow control registers. Ports: `PORTS`. Clock: `reg_clk`."""
    tx_flow = register(1)
    requested = register(1)

    @always(reg_clk.posedge)
    def keep() -> None:
        if left:
            requested.next = False
        if clear:
            pass_all.next = False
            rx_flow.next = False
            tx_flow.next = False
            requested.next = False
            tx_pause_time.next = 0
        elif write:
            if address == m.CTRLMODER:
                pass_all.next = word[m.PASSALL]
                rx_flow.next = word[m.RXFLOW]
                tx_flow.next = word[m.TXFLOW]
            elif address == m.TXCTRL and not requested:
                tx_pause_time.next = word[16:]
                if word[m.TXPAUSERQ] and tx_flow:
                    requested.next = True
                    tx_pause.next = not tx_pause

    @always_comb
    def look_up() -> None:
        if address == m.CTRLMODER:
            data.next = concat(intbv(0)[29:], tx_flow, rx_flow, pass_all)
        elif address == m.TXCTRL:
            data.next = concat(intbv(0)[15:], requested, tx_pause_time)
        else:
            data.next = 0

    return keep, look_up
