"""FastAPI on uvicorn, with a handler in a thread, asked by requests."""

import requests
import uvicorn
from fastapi import FastAPI

PACKAGE = "fastapi"


def serve():
    application = FastAPI()

    @application.get("/in-a-thread/{number}")
    def in_a_thread(number: int):
        return {"number": number + 1}

    @application.get("/in-the-loop/{number}")
    async def in_the_loop(number: int):
        return {"number": number + 2}

    uvicorn.run(application, host="0.0.0.0", port=4021, log_level="critical")


def ask(server):
    with requests.Session() as session:
        return [
            session.get(f"http://{server}:4021/{where}/{number}").json()
            for where in ("in-a-thread", "in-the-loop")
            for number in range(3)
        ]
