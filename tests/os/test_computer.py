"""What a program finds out about its computer is the simulated host's, or a file of the real machine."""

# ruff: noqa: ANN001, ANN201, ANN202

import ctypes
import ctypes.util
import fcntl
import getpass
import glob
import grp
import io
import os
import platform
import pwd
import socket
import struct
import threading
import time
from pathlib import Path

import pytest
from here_and_there import both, failure, simulated

from sim import Lan
from sim.python.barrier import OutsideWorldError


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


def test_the_address_of_an_interface_by_ioctl():
    """netdevice(7); the classic recipe."""

    def program():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:

            def ask(request, name=b"eth0"):
                return fcntl.ioctl(sock.fileno(), request, struct.pack("256s", name))

            addresses = [socket.inet_ntoa(ask(request)[20:24]) for request in (0x8915, 0x891B, 0x8919)]
            mac = ask(0x8927)[18:24].hex(":")
            mtu, index = (struct.unpack("i", ask(request)[16:20])[0] for request in (0x8921, 0x8933))
            loopback = socket.inet_ntoa(ask(0x8915, b"lo")[20:24])
            return addresses, mac, mtu, index, loopback, failure(ask, 0x8915, b"eth7")

    lan = Lan()
    lan.host("pc", address="192.168.1.10/24", mac="02:00:00:00:00:0a")
    lan.link()
    asked = lan.program("pc", program)
    lan.run()
    assert asked.result() == (
        ["192.168.1.10", "255.255.255.0", "192.168.1.255"],
        "02:00:00:00:00:0a",
        1500,
        2,
        "127.0.0.1",
        ("OSError", "ENODEV"),
    )


def by_open(name):
    with open(name) as file:  # noqa: PTH123 (this door)
        return file.read()


def by_name_in_octets(name):
    with open(name.encode(), "rb") as file:  # noqa: PTH123
        return file.read().decode()


DOORS = {
    "open": by_open,
    "bytes": by_name_in_octets,
    "pathlib": lambda name: Path(name).read_text(),
    "os.open": lambda name: os.read(os.open(name, os.O_RDONLY), 10_000).decode(),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", ["/etc/hosts", "/proc/net/route", "/proc/self/net/arp", "/etc/hostname"])
def test_a_hosts_own_files_by_each_door(door, name):
    texts = simulated(lambda: (DOORS[door](name), DOORS["open"](name)))
    assert texts[0] == texts[1] != ""


@pytest.mark.parametrize(("name", "mode"), [("/etc/hosts", "r"), ("/etc/hosts", "rb"), (b"/etc/hosts", "r")])
def test_a_hosts_own_file_is_called_and_closed_as_another(name, mode):
    """What packages look at that report where they read."""

    def look():
        with open(name, mode) as file:  # noqa: PTH123 (the built-in one)
            found = file.name, file.readable(), file.writable(), type(file.readline())
        return (*found, file.closed)

    assert simulated(look) == look()


def test_a_process_looks_at_itself_as_psutil_does():
    """proc(5): its number, its parent's, when it began, how many threads and descriptors it has."""

    def program():
        folder = f"/proc/{os.getpid()}"
        threading.Thread(target=time.sleep, args=[1], daemon=True).start()
        with socket.socket() as sock:
            numbers = os.listdir(f"{folder}/fd")  # noqa: PTH208 (as psutil does)
            known = str(sock.fileno()) in numbers
        stat = Path(f"{folder}/stat").read_text()
        fields = stat[stat.rindex(")") + 2 :].split()
        status = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines())
        booted = [line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime")]
        return (
            [stat.split()[0], len(fields), fields[1], fields[17], fields[19]],
            [status["Pid"], status["Threads"]],
            (known, len(numbers), os.listdir(folder + "/fd") == numbers),  # noqa: PTH208
            booted,
        )

    stat, status, descriptors, booted = simulated(program)
    assert stat == ["1", 50, "0", "2", "0"]
    assert status == ["1", "2"]
    assert descriptors == (True, 4, False)  # 0, 1, 2 and the socket
    assert booted == ["btime 1767225600"]


def test_a_process_lists_what_proc_has_of_it_by_each_kind_of_path():
    """proc(5), as with hidepid=2: its own number alone, and of its descriptors the simulated ones."""

    def program():
        own = str(os.getpid())
        numbers = [
            [int(name) for name in os.listdir(path) if name.isdigit()]  # noqa: PTH208
            for path in ("/proc", "/proc/", b"/proc", Path("/proc"))
        ]
        descriptors = [
            sorted(map(os.fsdecode, os.listdir(path)))  # noqa: PTH208
            for folder in ("/proc/self/fd", f"/proc/{own}/fd/", "/proc/thread-self/fd", "//proc/./self/fd")
            for path in (folder, folder.encode(), Path(folder))
        ]
        return (
            numbers,
            descriptors,
            sorted(path.name for path in Path("/proc/self/fd").iterdir()),
            {type(name) for name in os.listdir(b"/proc/self/task")},  # noqa: PTH208
            set(os.listdir(f"/proc/{own}")) >= {"stat", "status", "fd", "task"},  # noqa: PTH208
            sorted(os.listdir("/proc/net")),  # noqa: PTH208
            failure(os.listdir, "/proc/2"),
            failure(os.listdir, Path("/proc/2/fd")),
            failure(os.listdir, b"/proc/self/stat"),
        )

    assert simulated(program) == (
        [[1]] * 4,
        [["0", "1", "2"]] * 12,
        ["0", "1", "2"],
        {bytes},
        True,
        ["arp", "dev", "raw", "route", "tcp", "udp"],
        ("FileNotFoundError", "ENOENT"),
        ("FileNotFoundError", "ENOENT"),
        ("NotADirectoryError", "ENOTDIR"),
    )


def test_a_process_walks_through_proc_as_it_lists_it():
    """By `os.scandir` itself and by what the library builds on it."""

    def program():
        own = str(os.getpid())
        with os.scandir(b"/proc/self/fd") as entries:
            descriptors = [(entry.name, os.fspath(entry), entry.is_symlink()) for entry in entries]
        with os.scandir("/proc") as entries:
            numbers = [(entry.name, entry.path, entry.is_dir()) for entry in entries if entry.name.isdigit()]
        kinds = {entry.name: (entry.is_dir(), entry.is_file()) for entry in os.scandir(f"/proc/{own}")}
        _, folders, files = next(os.walk("/proc/self/net"))
        return (
            descriptors,
            numbers,
            [kinds[name] for name in ("fd", "task", "stat")],
            (folders, sorted(files)),
            [str(path) for path in Path("/proc").glob("[0-9]*")],
            glob.glob("/proc/[0-9]*/stat"),  # noqa: PTH207
            failure(os.scandir, "/proc/2"),
            failure(os.scandir, "/etc/hosts"),
        )

    assert simulated(program) == (
        [(name, b"/proc/self/fd/" + name, True) for name in (b"0", b"1", b"2")],
        [("1", "/proc/1", True)],
        [(True, False), (True, False), (False, True)],
        ([], ["arp", "dev", "raw", "route", "tcp", "udp"]),
        ["/proc/1"],
        ["/proc/1/stat"],
        ("FileNotFoundError", "ENOENT"),
        ("NotADirectoryError", "ENOTDIR"),
    )


def test_a_process_that_has_closed_all_has_no_descriptors():
    def program():
        os.closerange(0, 3)
        return os.listdir("/proc/self/fd"), list(os.scandir("/proc/self/fd"))  # noqa: PTH208

    assert simulated(program) == ([], [])


def test_a_directory_of_the_real_machine_is_walked_through_as_it_is(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "file").touch()

    def look():
        seen = [
            sorted(entry.name for entry in os.scandir(path)) for path in (tmp_path, os.fsencode(tmp_path))
        ]
        return seen, isinstance(next(os.scandir(tmp_path)), os.DirEntry), failure(os.scandir, tmp_path / "no")

    both(look)


def test_what_other_doors_lead_to_is_refused():
    def program():
        refused = []
        for name in ("/etc/hosts", "/proc/net/tcp", "/proc/1/status"):
            try:
                io.FileIO(name)
            except OutsideWorldError as error:
                refused.append(name in str(error))
        return refused, failure(open, "/proc/2/status"), failure(os.open, "/etc/hosts", os.O_RDWR)

    assert simulated(program) == (
        [True] * 3,
        ("FileNotFoundError", "ENOENT"),
        ("PermissionError", "EACCES"),
    )


def test_the_tables_of_the_network():
    def program():
        with socket.create_server(("127.0.0.1", 80)) as listener, socket.create_connection(("localhost", 80)):
            held = listener.accept()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind(("", 53))
                return (
                    [Path(f"/proc/net/{name}").read_text().splitlines() for name in ("tcp", "udp", "dev")]
                    if held
                    else []
                )

    tcp, udp, devices = simulated(program)
    assert [line.split()[3] for line in tcp[1:]].count("0A") == 1  # listening
    assert any(line.split()[1] == "0100007F:0050" and line.split()[3] == "01" for line in tcp[1:])
    assert [line.split()[1] for line in udp[1:]] == ["00000000:0035"]
    assert [line.split(":")[0].strip() for line in devices[2:]] == ["lo", "eth0"]


def test_the_user_is_the_same_on_every_machine():
    assert simulated(getpass.getuser) == "user"


def test_the_user_is_the_same_by_whichever_name_one_asks():
    def program():
        entry = pwd.getpwuid(os.getuid())
        assert entry == pwd.getpwnam("user") == pwd.getpwall()[1] and entry.pw_dir == os.environ["HOME"]
        assert entry.pw_name == getpass.getuser() == os.getlogin() == os.environ["LOGNAME"]
        assert Path("~").expanduser() == Path("~user").expanduser() == Path.home() == Path(entry.pw_dir)
        assert {os.getuid(), os.geteuid(), *os.getresuid()} == {entry.pw_uid} == {1000}
        assert {os.getgid(), os.getegid(), *os.getresgid(), *os.getgroups()} == {entry.pw_gid}
        assert grp.getgrgid(os.getgid()).gr_name == "user" and grp.getgrnam("root").gr_gid == 0
        assert [line.split(":")[0] for line in Path("/etc/passwd").read_text().splitlines()] == [
            "root",
            "user",
        ]
        assert Path("/etc/group").read_text() == "root:x:0:\nuser:x:1000:\n"
        assert pwd.getpwuid(0).pw_name == "root"
        for unknown in (
            lambda: pwd.getpwnam("nobody"),
            lambda: pwd.getpwuid(4711),
            lambda: grp.getgrnam("x"),
        ):
            with pytest.raises(KeyError):
                unknown()

    simulated(program)


def test_nobody_becomes_another():
    """setuid(2): who is not privileged may set what it has; the real process stays as it is in any case."""

    def program():
        os.setuid(1000)
        os.setresuid(-1, 1000, -1)
        os.setgid(1000)
        for change in (
            lambda: os.setuid(0),
            lambda: os.seteuid(1),
            lambda: os.setregid(1000, 5),
            lambda: os.setgroups([]),
            lambda: os.initgroups("user", 1000),
        ):
            with pytest.raises(PermissionError):
                change()

    real = os.getresuid(), os.getresgid(), os.getgroups()
    simulated(program)
    assert (os.getresuid(), os.getresgid(), os.getgroups()) == real
