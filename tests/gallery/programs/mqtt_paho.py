"""paho-mqtt with its network thread: messages through mqttools' broker."""

import asyncio
import queue

import mqttools
import paho.mqtt.client

PACKAGE = "paho"


def serve():
    asyncio.run(mqttools.Broker(("0.0.0.0", 4031)).serve_forever())


def ask(server):
    events = queue.Queue()
    client = paho.mqtt.client.Client(
        paho.mqtt.client.CallbackAPIVersion.VERSION2, protocol=paho.mqtt.client.MQTTv5
    )
    client.on_subscribe = lambda *arguments: events.put(None)
    client.on_message = lambda _, __, message: events.put((message.topic, message.payload.decode()))
    client.connect(server, 4031)
    client.loop_start()
    client.subscribe("hall/+")
    events.get(timeout=5)
    for number in range(5):
        client.publish(f"hall/lamp{number}", "on")
    answers = [events.get(timeout=5) for _ in range(5)]
    client.disconnect()
    client.loop_stop()
    return answers
