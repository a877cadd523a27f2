"""PyMySQL: questions to mysql-mimic, which speaks MySQL's wire protocol on asyncio."""

import asyncio

import pymysql
from mysql_mimic import MysqlServer, Session

PACKAGE = "pymysql"


class Table(Session):
    async def query(self, expression, sql, attrs):
        return [(number, "x" * number) for number in range(200)], ["number", "text"]

    async def schema(self):
        return {"rows": {"number": "INT", "text": "TEXT"}}


def serve():
    async def main():
        await MysqlServer(session_factory=Table).start_server(host="0.0.0.0", port=4035)
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    with pymysql.connect(host=server, port=4035, user="you") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT number, text FROM rows")
        rows = cursor.fetchall()
        return len(rows), sum(number for number, _ in rows), len(rows[-1][1])
