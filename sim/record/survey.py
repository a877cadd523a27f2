"""A scenario as `run.json` describes it, and how its run ended."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hw.analogue import pair, twisted_pair
from hw.analogue.segment import LINES
from sim.os.clock import EPOCH_NS
from sim.os.outcome import Outcome
from sim.record import manifest
from sim.record.summary import ending
from sim.scenario import model
from sim.scenario.shipped import scenario_path

_DEFAULT = "0.0.0.0/0"


def survey(scenario: model.Scenario) -> manifest.Manifest:
    """What is known when the run of `scenario` begins."""
    network = manifest.Network(
        tuple(map(_host, scenario.hosts)),
        tuple(map(_coax, scenario.coaxes)),
        (*map(_hub, scenario.hubs), *map(_switch, scenario.switches), *map(_box, scenario.boxes)),
        tuple(_cable(cable, captured=scenario.captured(cable)) for cable in scenario.cables),
        None if scenario.link is None else _link(scenario.link),
    )
    epoch_ns = EPOCH_NS if scenario.epoch_ns is None else scenario.epoch_ns
    return manifest.Manifest(
        manifest.FORMAT,
        _version(),
        scenario.title,
        scenario.look_for,
        _name(scenario.source),
        scenario.seed,
        epoch_ns,
        network,
    )


def ended(outcome: Outcome | None, ps: int) -> manifest.Ended:
    """How a run ended at `ps`; no outcome: no time has passed."""
    if outcome is None:
        return manifest.Ended(ps, "closed", "no time has passed", 0, (), (), ())
    return manifest.Ended(
        ps,
        outcome.ending.value,
        ending(outcome),
        0 if outcome.succeeded else 1,
        tuple(map(str, outcome.failures)),
        outcome.waiting,
        outcome.running,
    )


def _version() -> str:
    try:
        return version("thicknet")
    except PackageNotFoundError:  # the sources, not installed
        return "unknown"


def _name(source: str) -> str:
    """No folder of this machine: equal scenarios have equal files."""
    path = Path(source)
    return path.stem if scenario_path(path.stem) == path else path.name


def _host(host: model.Host) -> manifest.Host:
    ends = zip(host.sockets, host.adapters, strict=True)
    default = () if host.gateway is None else (manifest.Route(_DEFAULT, str(host.gateway)),)
    return manifest.Host(
        host.name,
        host.forwarding,
        host.profile,
        tuple(_interface(adapter, end) for end, adapter in ends),
        (*default, *(manifest.Route(str(route.to), str(route.via)) for route in host.routes)),
        tuple(map(str, host.nameservers)),
        host.clock_ppm,
    )


def _interface(adapter: model.Adapter, end: str) -> manifest.Interface:
    mac = adapter.effective_address.hex(":")
    return manifest.Interface(
        adapter.name, end, str(adapter.address), mac, adapter.mtu, adapter.duplex, adapter.promiscuous
    )


def _coax(coax: model.Coax) -> manifest.Coax:
    taps = tuple(manifest.Tap(tap.at_mm, tap.host) for tap in coax.taps)
    delay = LINES[coax.type].delay_fs_per_mm
    return manifest.Coax(coax.name, coax.type, coax.length_mm, delay, coax.terminators, taps)


def _hub(hub: model.Hub) -> manifest.Box:
    return manifest.Box(hub.name, "hub", hub.ports, (), None)


def _switch(switch: model.Switch) -> manifest.Box:
    duplex = (*switch.duplex, *("auto",) * (switch.ports - len(switch.duplex)))
    return manifest.Box(switch.name, "switch", switch.ports, duplex, switch.ageing_ns)


def _box(box: model.Box) -> manifest.Box:
    return manifest.Box(box.name, box.kind, box.ports, (), None)


def _cable(cable: model.Cable, *, captured: bool) -> manifest.Cable:
    kind, medium = ("twisted pair", twisted_pair) if cable.twisted_pair else ("AUI", pair)
    return manifest.Cable(cable.name, kind, cable.length_mm, medium.DELAY_FS_PER_MM, cable.ends, captured)


def _link(link: model.Link) -> manifest.Link:
    path = link.path
    return manifest.Link(path.delay_ns, path.jitter_ns, path.loss, link.rate)
