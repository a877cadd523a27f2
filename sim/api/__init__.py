"""The public face of thicknet, typed: what `from sim import …` gives.

`Lan` builds a network in Python, `Network` is one that runs, `Host` a computer of it, `Job` a program on one,
`Run` what a run leaves, `Match` a condition on events. The command line and the shell use the same classes.
"""
