"""distributed: a scheduler and a worker of Dask, which computes what a client asks for."""

import asyncio

import distributed

PACKAGE = "distributed"


def serve():
    async def main():
        settings = {"dashboard": False, "dashboard_address": None}
        async with (
            distributed.Scheduler(host="0.0.0.0", port=4081, **settings) as scheduler,
            distributed.Worker(scheduler.address, nthreads=2, **settings),
        ):
            await scheduler.finished()

    asyncio.run(main())


def ask(server):
    async def main():
        async with distributed.Client(f"tcp://{server}:4081", asynchronous=True) as client:
            squares = client.map(pow, range(10), [2] * 10)
            return await client.submit(sum, squares)

    return asyncio.run(main())
