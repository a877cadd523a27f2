"""What is not a circuit: crystals, clock recovery, coax levels, memories. Small, behavioural, all here.

These parts are not converted. Each has, or will have, a twin in the compiled engine, so they use
integers only and give the same picoseconds wherever they run.
"""
