"""What a bit time on the cable costs under load, engine beside engine, and what silence costs."""

from sim.bench.effort import Budget
from sim.bench.results import ABSENT, Report, Table, number
from sim.bench.traffic import Cost, Load, Medium, idle, measure

STATIONS = (2, 8, 24, 100)
OCTETS = (64, 1518)
CLOSET: tuple[Medium, ...] = ("hub", "switch")
MEDIA: tuple[Medium, ...] = ("coax", *CLOSET)
LOADS = (
    *(Load(n, octets, senders) for n in STATIONS for octets in OCTETS for senders in (1, n)),
    *(
        Load(24, octets, senders, medium=medium)
        for medium in CLOSET
        for octets in OCTETS
        for senders in (1, 24)
    ),
    *(Load(24, octets, 1, medium=medium, broadcast=True) for medium in MEDIA for octets in OCTETS),
    *(Load(2, octets, 1, recording) for octets in OCTETS for recording in ("captures", "waveform")),
)
COLUMNS = (
    "medium",
    "stations",
    "octets",
    "sending",
    "to",
    "recorded",
    "µs per bit time, compiled",
    "per port",
    "× real time",
    "frames/s",
    "myhdl",
    "ratio",
)
IDLE_STATIONS: dict[Medium, int] = {"coax": 100, "hub": 64, "switch": 48}
"""As many as there can be."""
IDLE_PS = 10_000_000_000_000
ROWS = tuple(
    f"{stations} idle stations on a {medium}, 10 simulated seconds"
    for medium, stations in IDLE_STATIONS.items()
)


def name(load: Load) -> tuple[str, ...]:
    """The first cells of a load's row."""
    sending = "all" if load.senders == load.stations else "one"
    to = "all" if load.broadcast else "next"
    return load.medium, str(load.stations), str(load.octets), sending, to, load.recording


def measure_saturated(report: Report, budget: Budget, without: str | None) -> None:
    """Add the table. `without` says why there is no compiled engine."""
    table = Table("Saturated: senders that always have a frame", COLUMNS)
    table.notes = [
        "Adapters, a coax, hub or switch, drivers, no stack. Recorded “nothing” decodes no net and writes "
        "no file; “captures” writes all captures and events; “waveform” writes these and waves.vcd. frames/s "
        "are frames delivered per second of processor time. MyHDL is measured under the loads that this "
        "effort has time for; the ratio is that of its cost to the compiled engine's.",
        "A hub or switch has a port for each station's. Frames to the next station are skipped by the others "
        "on a coax or hub, which costs next to nothing; a switch has as many frames under way as stations "
        "send. Frames to all keep every port at work, and so compare.",
        *([without] if without else []),
    ]
    costs: dict[tuple[str, Load], Cost] = {}
    for load in LOADS:
        if without is None:
            costs["compiled", load] = measure(load, "compiled", budget)
        most = budget.myhdl_stations if load.senders == 1 else budget.myhdl_senders
        if load.stations <= most:
            costs["myhdl", load] = measure(load, "myhdl", budget)
        table.rows.append((*name(load), *_cells(load, costs)))
    _figures(report.figures, costs)
    report.add(table)


def measure_idle(report: Report, without: str | None) -> None:
    """Add the table."""
    table = Table("Idle", ("what", "compiled: processor time"))
    if without is not None:
        table.notes.append(without)
    for row, (medium, stations) in zip(ROWS, IDLE_STATIONS.items(), strict=True):
        if without is None:
            spent = report.figures[f"idle {medium}"] = idle(stations, medium, "compiled", IDLE_PS)
            table.rows.append((row, f"{spent * 1e3:.3f} ms"))
        else:
            table.rows.append((row, ABSENT))
    report.add(table)


def _cells(load: Load, costs: dict[tuple[str, Load], Cost]) -> list[str]:
    compiled, myhdl = costs.get(("compiled", load)), costs.get(("myhdl", load))
    cells = [ABSENT] * 6
    if compiled:
        cells[0] = f"{compiled.us_per_bit:.3f}"
        cells[1] = f"{compiled.us_per_bit / load.ports:.4f}"
        cells[2] = f"{compiled.real_time:.4f}"
        cells[3] = number(compiled.frames_per_s)
    if myhdl:
        cells[4] = f"{myhdl.us_per_bit:.1f}"
    if compiled and myhdl:
        cells[5] = f"{number(myhdl.us_per_bit / compiled.us_per_bit)} ×"
    return cells


def _figures(figures: dict[str, float], costs: dict[tuple[str, Load], Cost]) -> None:
    bare, captured = Load(2, 1518, 1), Load(2, 1518, 1, "captures")
    if ("compiled", bare) not in costs:
        return
    for load, suffix in ((bare, ""), (captured, ", captures")):
        compiled = costs["compiled", load]
        figures[f"real time{suffix}"] = compiled.real_time
        figures[f"compiled / myhdl{suffix}"] = costs["myhdl", load].us_per_bit / compiled.us_per_bit
    for octets in OCTETS:
        active = {
            medium: costs["compiled", Load(24, octets, 1, medium=medium, broadcast=True)].us_per_bit
            for medium in MEDIA
        }
        for medium in CLOSET:
            figures[f"{medium} / coax {octets}"] = active[medium] / 2 / active["coax"]
        few, many = costs["compiled", Load(2, octets, 1)], costs["compiled", Load(100, octets, 1)]
        figures[f"flat one {octets}"] = many.us_per_bit / few.us_per_bit * 2 / 100
        few, many = costs["compiled", Load(2, octets, 2)], costs["compiled", Load(100, octets, 100)]
        figures[f"flat all {octets}"] = many.us_per_bit / few.us_per_bit * 2 / 100
