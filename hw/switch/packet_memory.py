"""The packet memory: it stores frames from the port that they come in at to those that they leave by.

A RAM with one write port and one read port, words of 32 bits, the first octet on top. Its address is the
number of the port that a frame came in at, the buffer there, and the word's place in it. Both accesses happen
at the tick with which the arbiter grants them: before it, `store_choice` and `fetch_choice` show the chosen
port (`hw.switch.round_robin`), whose address is selected. So the read is registered, as a block RAM's is, and
the word is there in the tick that the grant lasts for.

A port that returns a copy is granted in the same way. The port that owns the buffer gets its number.
"""

from typing import Annotated, Any

from myhdl import always, block, concat, intbv, modbv

from hw.ports import Sig, clock, into, out
from hw.ram import Ram
from hw.switch.sizes import BUFFER_BITS, PLACE_BITS, PORT_BITS, WORD_BITS, per_port
from hw.switch.sizes import PORTS as LINES

WIDTH = 32


@block
def packet_memory(
    core_clk: Annotated[Sig, clock("the switch's, 100 MHz; runs while there is a request, or core_busy")],
    store_choice: Annotated[Sig, into(LINES, "the port that writes at the next tick")],
    fetch_choice: Annotated[Sig, into(LINES, "the port that reads, or returns a copy, at the next tick")],
    port_buffer_number: Annotated[
        Sig, into(per_port(BUFFER_BITS), "of each port: number of the buffer to write to")
    ],
    port_store_index: Annotated[
        Sig, into(per_port(WORD_BITS), "of each port: place of the word in the buffer")
    ],
    port_store_word: Annotated[Sig, into(per_port(WIDTH), "of each port: the word")],
    port_give_back: Annotated[Sig, into(LINES, "ports that return a copy")],
    port_fetch_owner: Annotated[
        Sig, into(per_port(PORT_BITS), "of each port: number of the port that the frame came in at")
    ],
    port_fetch_buffer: Annotated[
        Sig, into(per_port(BUFFER_BITS), "of each port: number of the frame's buffer there")
    ],
    port_fetch_index: Annotated[
        Sig, into(per_port(WORD_BITS), "of each port: the place of the word to read")
    ],
    fetched: Annotated[Sig, out(WIDTH, "the word that was read")],
    port_returned: Annotated[Sig, out(LINES, "for one tick: the port that a copy is returned to")],
    returned_buffer: Annotated[Sig, out(BUFFER_BITS, "number of its buffer")],
) -> Any:
    """The memory, and the choice of what reaches it."""
    lines = len(port_give_back)
    number_bits = (lines - 1).bit_length()
    memory = Ram(lines << PLACE_BITS, WIDTH)

    @always(core_clk.posedge)
    def store() -> None:
        if store_choice != 0:
            number = modbv(0)[number_bits:]
            place = modbv(0)[number_bits + PLACE_BITS :]
            word = modbv(0)[WIDTH:]
            buffer_at = 0
            index_at = 0
            word_at = 0
            for n in range(lines):
                if store_choice[n]:
                    place[:] = concat(
                        number,
                        port_buffer_number[buffer_at + BUFFER_BITS : buffer_at],
                        port_store_index[index_at + WORD_BITS : index_at],
                    )
                    word[:] = port_store_word[word_at + WIDTH : word_at]
                number[:] = number + 1
                buffer_at = buffer_at + BUFFER_BITS
                index_at = index_at + WORD_BITS
                word_at = word_at + WIDTH
            memory[place].next = word

    @always(core_clk.posedge)
    def fetch() -> None:
        place = modbv(0)[number_bits + PLACE_BITS :]
        owner = modbv(0)[number_bits:]
        frame_buffer = modbv(0)[BUFFER_BITS:]
        back = False
        port_returned.next = 0
        if fetch_choice != 0:
            owner_at = 0
            buffer_at = 0
            index_at = 0
            for n in range(lines):
                if fetch_choice[n]:
                    owner[:] = port_fetch_owner[owner_at + number_bits : owner_at]
                    frame_buffer[:] = port_fetch_buffer[buffer_at + BUFFER_BITS : buffer_at]
                    place[:] = concat(owner, frame_buffer, port_fetch_index[index_at + WORD_BITS : index_at])
                    back = bool(port_give_back[n])
                owner_at = owner_at + PORT_BITS
                buffer_at = buffer_at + BUFFER_BITS
                index_at = index_at + WORD_BITS
            if back:
                port_returned.next = intbv(1)[lines:] << owner
                returned_buffer.next = frame_buffer
            else:
                fetched.next = memory[place]

    return store, fetch
