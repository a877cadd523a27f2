"""Flow control registers: CTRLMODER and TXCTRL.

TXPAUSERQ asks the MAC for one PAUSE frame with TXPAUSETV. It reads as one until that frame has been sent, and
TXCTRL ignores writes meanwhile. Without TXFLOW the request is dropped: the bit stays 0.
"""

from typing import Annotated, Any

from myhdl import always, always_comb, block

from hw.adapter.map import CTRLMODER, TXCTRL, WORD_BITS, pin
from hw.ports import Sig, clock, into, out, register


@block
def flow_control(
    reg_clk: Annotated[Sig, clock("bus clock, 25 MHz, while a register is needed")],
    address: Annotated[Sig, into(8, "word address")],
    word: Annotated[Sig, into(WORD_BITS, "word to write")],
    write: Annotated[Sig, into(1, "for one tick: write it")],
    clear: Annotated[Sig, into(1, "for one tick: return to the reset values")],
    sent: Annotated[Sig, into(1, "for one tick: a PAUSE frame has been sent")],
    data: Annotated[Sig, out(WORD_BITS, "the word at the address; 0 if it is no register of this circuit")],
    pass_all: Annotated[Sig, pin(CTRLMODER.PASSALL)],
    rx_flow: Annotated[Sig, pin(CTRLMODER.RXFLOW)],
    tx_pause: Annotated[Sig, out(1, "changes when a PAUSE frame is to be sent")],
    tx_pause_time: Annotated[Sig, pin(TXCTRL.TXPAUSETV)],
) -> Any:
    """The flow control registers."""
    mode = register(WORD_BITS, CTRLMODER.RESET)
    request = register(WORD_BITS, TXCTRL.RESET)

    @always_comb
    def fields() -> None:
        pass_all.next = mode[CTRLMODER.PASSALL]
        rx_flow.next = mode[CTRLMODER.RXFLOW]
        tx_pause_time.next = request[TXCTRL.TXPAUSETV.end : TXCTRL.TXPAUSETV]

    @always(reg_clk.posedge)
    def keep() -> None:
        if sent:
            request.next[TXCTRL.TXPAUSERQ] = False
        if clear:
            mode.next = CTRLMODER.RESET
            request.next = TXCTRL.RESET
        elif write:
            if address == CTRLMODER.WORD:
                mode.next = word & CTRLMODER.KEPT
            elif address == TXCTRL.WORD and not request[TXCTRL.TXPAUSERQ]:
                request.next = word & TXCTRL.KEPT
                if word[TXCTRL.TXPAUSERQ] and mode[CTRLMODER.TXFLOW]:
                    request.next[TXCTRL.TXPAUSERQ] = True
                    tx_pause.next = not tx_pause

    @always_comb
    def look_up() -> None:
        if address == CTRLMODER.WORD:
            data.next = mode
        elif address == TXCTRL.WORD:
            data.next = request
        else:
            data.next = 0

    return fields, keep, look_up
