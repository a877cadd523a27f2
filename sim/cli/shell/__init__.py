"""`thicknet shell`: a prompt on a running network.

`commands` knows the lines that can be typed, `shell` carries them out on a `sim.Network`, `terminal` reads
them: from a person, with history and completion, or from a pipe.
"""
