"""ntplib: the time, from a server of a few lines whose clock is an hour ahead."""

import socket
import time

import ntplib

PACKAGE = "ntplib"


def serve():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 4034))
        while True:
            data, source = sock.recvfrom(100)
            request, answer = ntplib.NTPPacket(), ntplib.NTPPacket(mode=4)
            request.from_data(data)
            now = ntplib.system_to_ntp_time(time.time() + 3600)
            answer.orig_timestamp_high = ntplib._to_int(request.tx_timestamp)
            answer.orig_timestamp_low = ntplib._to_frac(request.tx_timestamp)
            answer.orig_timestamp = request.tx_timestamp
            answer.recv_timestamp = answer.tx_timestamp = now
            answer.stratum = 1
            sock.sendto(answer.to_data(), source)


def ask(server):
    answer = ntplib.NTPClient().request(server, port=4034, version=3)
    return round(answer.offset), answer.stratum, answer.delay < 0.1
