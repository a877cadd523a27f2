"""The real standard streams around a run may be closed."""

import subprocess
import sys

CODE = """
import sys
sys.stdout.close()
sys.stdout = None
from sim.os.output import redirected_streams
with redirected_streams():
    print("nobody hears this")
    sys.stdout.flush()
sys.exit(0 if sys.stdout is None else 1)
"""


def test_a_closed_stdout_is_silence_and_no_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
