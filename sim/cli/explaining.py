"""`thicknet explain`: one frame of a finished run, from the program's call to half bits and back."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from sim.cli.group import fail, main


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("frame")
@click.option("--layer", help="Show one layer in full: program, tcp, udp, icmp, ip, arp, driver, mac, fcs …")
@click.option("--all-layers", "everything", is_flag=True, help="Show every layer in full.")
@click.option("--json", "as_json", is_flag=True, help="Print layers, fields and events as JSON.")
def explain(folder: Path, frame: str, layer: str | None, everything: bool, as_json: bool) -> None:
    """Explain one frame.

    FOLDER is a run folder, such as runs/web. FRAME is a cable or host and a number in its capture, such as
    yellow:7 or pc:3; the cable may be left out when only one is captured.
    """
    import sim.record.declarations  # noqa: F401 (the sentence of every kind is known then)
    from sim.record.explain.captured import find
    from sim.record.explain.follow import follow
    from sim.record.explain.sections import sections, text
    from sim.record.reading import ReadingError

    try:
        journey = follow(folder, find(folder, frame))
    except ReadingError as error:
        fail(2, str(error))
    made = sections(journey)
    names = list(dict.fromkeys(section.name for section in made))
    if layer is not None and layer not in names:
        fail(2, f"{frame} has no layer {layer}; it has {', '.join(names)}")
    if as_json:
        record = {
            "frame": f"{journey.frame.capture}:{journey.frame.number}",
            "octets": journey.frame.octets.hex(),
            "layers": [
                {**one._asdict(), "fields": [field._asdict() for field in one.fields]}
                for one in journey.layers
            ],
            "sections": [asdict(section) for section in made if layer in (None, section.name)],
        }
        click.echo(json.dumps(record, default=dict, ensure_ascii=False))
        return
    for line in text(journey, layer, everything=everything):
        click.echo(line)
