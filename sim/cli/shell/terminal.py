"""Where a shell's lines come from: a person at a terminal, or a pipe.

prompt_toolkit edits, completes and remembers what a person types. From a pipe the lines are read as they come
and printed behind their prompt, so that the output reads like what a person would have seen.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import click

from sim.cli.shell.shell import Shell


def converse(shell: Shell) -> None:
    """Carry out lines until `exit` or their end. Ctrl-C stops what runs; from a pipe, the shell too."""
    outer = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        _converse(shell, person=sys.stdin.isatty())
    finally:
        for number, handler in outer.items():
            signal.signal(number, handler)


def _converse(shell: Shell, *, person: bool) -> None:
    read = _prompt(shell) if person else _next_line
    while not shell.ended:
        try:
            shell.execute(read(shell.prompt))
        except EOFError:
            return
        except KeyboardInterrupt:  # at the prompt: a new one
            shell.interrupted = True
        if shell.interrupted and not person:
            shell.failed = True
            return


def _leave(number: int, frame: FrameType | None) -> None:
    """The terminal is closed, or somebody wants the shell to end: it does, and keeps the recordings."""
    sys.exit(1)


def _next_line(prompt: str) -> str:
    sys.stdout.flush()  # all that has happened, before anything is asked
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    click.echo(prompt + line.rstrip("\n"))
    return line


def _prompt(shell: Shell) -> Callable[[str], str]:
    """What asks a person."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory

    class Words(Completer):
        """Completes the word before the cursor."""

        def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
            typed = document.text_before_cursor
            behind = len(typed.rpartition(" ")[2])
            return [Completion(word, start_position=-behind) for word in shell.complete(typed)]

    history: History = InMemoryHistory()
    folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "thicknet"
    with suppress(OSError):  # a history that cannot be kept is no reason not to talk
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "history").open("a").close()
        history = FileHistory(folder / "history")
    asking: PromptSession[str] = PromptSession(
        history=history, completer=Words(), complete_while_typing=False
    )
    return asking.prompt
