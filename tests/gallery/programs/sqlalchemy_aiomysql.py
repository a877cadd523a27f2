"""SQLAlchemy's asyncio, which switches greenlets, on aiomysql; questions to mysql-mimic."""

import asyncio

import sqlalchemy
import sqlalchemy.ext.asyncio
from mysql_mimic import MysqlServer, Session

PACKAGE = "sqlalchemy"


class Table(Session):
    async def query(self, expression, sql, attrs):
        return [(number, "x" * number) for number in range(200)], ["number", "text"]

    async def schema(self):
        return {"rows": {"number": "INT", "text": "TEXT"}}


def serve():
    async def main():
        await MysqlServer(session_factory=Table).start_server(host="0.0.0.0", port=4095)
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    async def main():
        engine = sqlalchemy.ext.asyncio.create_async_engine(f"mysql+aiomysql://you@{server}:4095/")
        question = sqlalchemy.text("SELECT number, text FROM rows")

        async def one():
            async with engine.connect() as connection:
                return [row.number for row in await connection.execute(question)]

        answers = await asyncio.gather(*(one() for _ in range(3)))
        await engine.dispose()
        return [sum(numbers) for numbers in answers]

    return asyncio.run(main())
