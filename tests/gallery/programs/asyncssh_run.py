"""asyncssh: a command over SSH, with keys and a password."""

import asyncio

import asyncssh

PACKAGE = "asyncssh"


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return (username, password) == ("you", "secret")


def serve():
    async def main():
        def handle(process):
            process.stdout.write(f"you said {process.command}\n")
            process.exit(3)

        await asyncssh.create_server(
            Server,
            "",
            4008,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            process_factory=handle,
        )
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    async def main():
        async with asyncssh.connect(
            server, 4008, username="you", password="secret", known_hosts=None, client_keys=None, config=None
        ) as connection:
            result = await connection.run("hello")
            return result.stdout, result.exit_status

    return asyncio.run(main())
