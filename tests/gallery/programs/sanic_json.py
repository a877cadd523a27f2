"""sanic in one process, asked by httpx."""

import httpx
import sanic

PACKAGE = "sanic"


def serve():
    application = sanic.Sanic("gallery", configure_logging=False)

    @application.post("/sum")
    async def total(request):
        return sanic.response.json({"total": sum(request.json)})

    application.run("0.0.0.0", 4040, single_process=True, motd=False, access_log=False)


def ask(server):
    with httpx.Client(base_url=f"http://{server}:4040") as client:
        return [client.post("/sum", json=list(range(size))).json() for size in (3, 30, 300)]
