"""tornado: its web server and its own client."""

import asyncio

import tornado.httpclient
import tornado.web

PACKAGE = "tornado"


class Page(tornado.web.RequestHandler):
    def get(self, name):
        self.write({"name": name})


def serve():
    async def main():
        tornado.web.Application([("/(.*)", Page)]).listen(4010)
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    async def main():
        client = tornado.httpclient.AsyncHTTPClient()
        pages = await asyncio.gather(*(client.fetch(f"http://{server}:4010/{number}") for number in range(5)))
        return [page.body.decode() for page in pages]

    return asyncio.run(main())
