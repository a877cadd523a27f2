"""prometheus_client: metrics served by a thread, and scraped."""

import threading
import urllib.request

import prometheus_client
from prometheus_client.parser import text_string_to_metric_families

PACKAGE = "prometheus_client"


def serve():
    registry = prometheus_client.CollectorRegistry()
    asked = prometheus_client.Counter("asked", "Requests.", ["page"], registry=registry)
    for number in range(10):
        asked.labels(f"/{number % 3}").inc()
    prometheus_client.start_http_server(4055, addr="0.0.0.0", registry=registry)
    threading.Event().wait()


def ask(server):
    text = urllib.request.urlopen(f"http://{server}:4055/metrics", timeout=5).read().decode()
    return [
        (sample.labels["page"], sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "asked_total"
    ]
