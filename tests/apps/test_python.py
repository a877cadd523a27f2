"""`python FILE` and `python -m MODULE`: programs of the reader's own, run as the interpreter would."""

from pathlib import Path

import pytest

from sim import Lan, Run, RunError, ScenarioError


def run(command: str, *, check: bool = True) -> Run:
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    lan.program("server", "python -m http.server 8000", service=True)
    lan.program("pc", command, at="10 ms")
    return lan.run(check=check)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*__import__("sys").path])


def test_a_file_with_its_arguments_and_a_module_beside_it() -> None:
    Path("mine").mkdir()
    Path("mine/spoken.py").write_text("def say(text): print('says', text)")
    Path("mine/program.py").write_text(
        "import sys, spoken, os\nif __name__ == '__main__':\n    spoken.say(sys.argv[1:])\n"
        "    print(os.path.basename(sys.argv[0]), os.listdir())\n"
    )
    assert run("python mine/program.py a 'b c'").output("pc") == ["says ['a', 'b c']", "program.py []"]


def test_a_module_of_the_standard_library_as_server_and_the_directory_of_its_host() -> None:
    Path("get.py").write_text(
        "import urllib.request\nprint(urllib.request.urlopen('http://server:8000/').read().decode())"
    )
    output = "\n".join(run("python get.py").output("pc"))
    assert "Directory listing for /" in output and "get.py" not in output


def test_its_exit_status_is_its_own() -> None:
    Path("exits.py").write_text("import sys\nsys.exit(7)")
    (failure,) = run("python exits.py", check=False).outcome.failures
    assert failure.reason == "exit status 7"


def test_what_it_raises_is_shown_with_its_own_lines() -> None:
    Path("raises.py").write_text("def f():\n    1 / 0\nf()\n")
    with pytest.raises(RunError, match=r"pc: python raises\.py: ZeroDivisionError: division by zero"):
        run("python raises.py")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("python none.py", "none.py cannot be read: No such file or directory"),
        ("python wrong.py", "wrong.py, line 2: "),
        ("python -m no.such", "No module named 'no'"),
        ("python -m nosuch", "there is no module nosuch that can be run"),
        ("python -m _socket", "there is no module _socket that can be run"),
        ("python", "the following arguments are required: FILE"),
    ],
)
def test_what_cannot_be_run_is_told_before_the_run(command: str, sentence: str) -> None:
    Path("wrong.py").write_text("x = 1\ny = (\n")
    with pytest.raises(ScenarioError) as refused:
        run(command)
    assert "program.run: python: " in str(refused.value) and sentence in str(refused.value)
