"""Hosts of scenarios built in Python: with one adapter, by the keys of a `[[host]]` table's model."""

from dataclasses import fields, replace
from ipaddress import IPv4Interface
from typing import Any

from sim.scenario.model import Adapter, Host

_OF_ADAPTERS = {field.name for field in fields(Adapter)} - {"name"}


def computer(name: str, address: str, mac: bytes, **keys: Any) -> Host:
    """A host with one adapter; `keys` are fields of `Host` or of `Adapter`."""
    return changed(Host(name, (Adapter(IPv4Interface(address), mac),)), **keys)


def changed(host: Host, **keys: Any) -> Host:
    """`host` with other values of `keys`, fields of `Host` or of its one `Adapter`."""
    (adapter,) = host.adapters
    of_adapter = {key: value for key, value in keys.items() if key in _OF_ADAPTERS}
    of_host = {key: value for key, value in keys.items() if key not in _OF_ADAPTERS}
    return replace(host, adapters=(replace(adapter, **of_adapter),), **of_host)
