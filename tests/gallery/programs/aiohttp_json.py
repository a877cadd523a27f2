"""aiohttp: a server and a client session."""

import asyncio

import aiohttp
import aiohttp.web

PACKAGE = "aiohttp"


def serve():
    async def add(request):
        return aiohttp.web.json_response({"sum": sum(await request.json())})

    application = aiohttp.web.Application()
    application.router.add_post("/", add)
    aiohttp.web.run_app(application, port=4013, print=None, handle_signals=False)


def ask(server):
    async def main():
        async with aiohttp.ClientSession() as session:
            answers = []
            for size in (3, 30, 300):
                async with session.post(f"http://{server}:4013/", json=list(range(size))) as response:
                    answers.append(await response.json())
            return answers

    return asyncio.run(main())
