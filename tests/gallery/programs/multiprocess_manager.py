"""multiprocess: a queue and a dictionary of a manager at the other host."""

import queue

from multiprocess.managers import BaseManager, DictProxy

PACKAGE = "multiprocess"
QUEUE, VALUES = queue.Queue(), {}


class Manager(BaseManager):
    pass


Manager.register("queue", callable=lambda: QUEUE)
Manager.register("values", callable=lambda: VALUES, proxytype=DictProxy)


def serve():
    Manager(("", 4096), b"secret").get_server().serve_forever()


def ask(server):
    manager = Manager((server, 4096), b"secret")
    manager.connect()
    values, items = manager.values(), manager.queue()
    for number in range(5):
        values[number] = number * number
        items.put(number)
    return sorted(values.items()), [items.get() for _ in range(5)]
