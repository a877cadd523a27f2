"""Programs that ship: ordinary Python over sockets, one file each, listed in `sim.apps.registry`.

Each has `arguments(words)`, which reads its command line and raises ValueError with a sentence, and
`main(words)`, which runs it and returns its exit status. Nothing in them knows of the simulation, but for
`ip` and `ethtool`: their system calls have no names in Python.
"""
