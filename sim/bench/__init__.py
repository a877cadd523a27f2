"""`thicknet bench`: what bits, frames, builds and programs cost on this machine, side by side in one run.

Each file measures one thing and returns a table; `sim.bench.command` puts them together. Costs are processor
time of this process (`time.process_time`) unless a row says otherwise.
"""
