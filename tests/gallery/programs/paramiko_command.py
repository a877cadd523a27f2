"""paramiko at both ends: a command over SSH, with a password."""

import socket
import threading

import paramiko

PACKAGE = "paramiko"


class Server(paramiko.ServerInterface):
    def check_channel_request(self, kind, channel_id):
        return paramiko.OPEN_SUCCEEDED

    def check_auth_password(self, username, password):
        right = (username, password) == ("you", "secret")
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    def check_channel_exec_request(self, channel, command):
        threading.Thread(target=self.answer, args=(channel, command)).start()
        return True

    def answer(self, channel, command):
        channel.sendall(b"you said " + command)
        channel.send_exit_status(3)
        channel.close()


def serve():
    key = paramiko.RSAKey.generate(2048)
    sessions = []
    with socket.create_server(("", 4028)) as listener:
        while True:
            session = paramiko.Transport(listener.accept()[0])
            session.add_server_key(key)
            session.start_server(server=Server())
            sessions.append(session)


def ask(server):
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(
            server, 4028, username="you", password="secret", look_for_keys=False, allow_agent=False
        )
        _, output, _ = client.exec_command("hello", timeout=5)
        return output.read().decode(), output.channel.recv_exit_status()
