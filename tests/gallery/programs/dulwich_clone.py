"""dulwich: a repository cloned over Git's own protocol."""

import tempfile
from pathlib import Path

from dulwich import porcelain
from dulwich.server import DictBackend, TCPGitServer

PACKAGE = "dulwich"


def serve():
    origin = Path("origin").absolute()
    origin.mkdir()
    repository = porcelain.init(str(origin))
    who = {
        "author": b"you <you@lab>",
        "committer": b"you <you@lab>",
        "author_timezone": 0,
        "commit_timezone": 0,
    }
    for number in range(3):
        file = origin / f"file{number}"
        file.write_text(f"content {number}\n" * 1000)
        porcelain.add(repository, [str(file)])
        times = {"author_timestamp": number, "commit_timestamp": number}
        porcelain.commit(repository, b"a file", **who, **times)
    TCPGitServer(DictBackend({b"/": repository}), "0.0.0.0", 4063).serve_forever()


def ask(server):
    copy = tempfile.mkdtemp()
    with porcelain.clone(f"git://{server}:4063/", copy, errstream=porcelain.NoneStream()) as repository:
        files = sorted(path.name for path in Path(copy).glob("file*"))
        return files, repository.head().decode(), sum(1 for _ in repository.get_walker())
