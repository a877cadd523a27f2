"""aioftp: files by FTP on asyncio, at both ends."""

import asyncio
from pathlib import Path

import aioftp

PACKAGE = "aioftp"


def serve():
    Path("ftp").mkdir(exist_ok=True)
    user = aioftp.User("you", "secret", base_path=Path("ftp").absolute())
    asyncio.run(aioftp.Server([user]).run("0.0.0.0", 4069))


def ask(server):
    async def main():
        async with aioftp.Client.context(server, 4069, "you", "secret") as client:
            async with client.upload_stream("stored") as stream:
                await stream.write(b"octets" * 20_000)
            async with client.download_stream("stored") as stream:
                size = len(await stream.read())
            await client.make_directory("folder")
            return size, sorted([str(path) for path, _ in await client.list()])

    return asyncio.run(main())
