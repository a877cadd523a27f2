"""What a program finds out about its computer is the simulated host's, or a file of the real machine."""

# ruff: noqa: ANN201, ANN202

import ctypes
import ctypes.util
import os
import platform
import socket
import threading

from here_and_there import both, failure, simulated

from sim import Lan


def test_uname_and_platform():
    real = os.uname(), platform.uname(), platform.platform()

    def program():
        return os.uname(), platform.uname(), platform.platform(), platform.node(), platform.system()

    system, known, text, node, kind = simulated(program)
    assert (system.sysname, system.nodename, kind) == ("Linux", "pc", "Linux")
    assert (known.node, node, known.release, known.processor) == ("pc", "pc", system.release, "")
    assert text == f"Linux-{system.release}-x86_64-with-glibc2.41"
    assert (os.uname(), platform.uname(), platform.platform()) == real


def test_interfaces_have_numbers_and_names():
    lan = Lan()
    lan.host(
        "pc",
        adapters=[{"address": "192.168.1.10/24"}, {"address": "10.0.0.1/8", "name": "lab"}],
    )
    lan.link()

    def program():
        listed = socket.if_nameindex()
        return (
            listed,
            [socket.if_nametoindex(name) for _, name in listed],
            [socket.if_indextoname(number) for number, _ in listed],
            failure(socket.if_nametoindex, "eth7"),
            failure(socket.if_indextoname, 99),
        )

    asked = lan.program("pc", program)
    lan.run()
    assert asked.result() == (
        [(1, "lo"), (2, "eth0"), (3, "lab")],
        [1, 2, 3],
        ["lo", "eth0", "lab"],
        ("OSError", "ENODEV"),
        ("OSError", "ENXIO"),
    )


def test_libraries_are_found_without_a_process():
    assert (
        both(lambda: (ctypes.util.find_library("c"), ctypes.util.find_library("no such library")))[1] is None
    )


def test_the_c_library_finds_no_thread_behind_an_identifier():
    """pthread_setname_np(3) and pthread_kill(3) fail and do not read where nothing is."""

    def program():
        library = ctypes.CDLL(None)
        ident = ctypes.c_void_p(threading.get_ident())
        return library.pthread_setname_np(ident, b"name") != 0, library.pthread_kill(ident, 0) != 0

    assert simulated(program) == (True, True)
