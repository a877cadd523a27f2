"""pymavlink: heartbeats and parameters by MAVLink over UDP."""

from pymavlink import mavutil

PACKAGE = "pymavlink"


def serve():
    vehicle = mavutil.mavlink_connection("udpin:0.0.0.0:4058", source_system=7)
    while True:
        asked = vehicle.recv_match(type="PARAM_REQUEST_READ", blocking=True)
        vehicle.mav.param_value_send(asked.param_id.encode(), 2.5, 9, 1, asked.param_index)


def ask(server):
    ground = mavutil.mavlink_connection(f"udpout:{server}:4058", source_system=255)
    answers = []
    for number in range(3):
        ground.mav.param_request_read_send(7, 1, b"SPEED", number)
        answer = ground.recv_match(type="PARAM_VALUE", blocking=True, timeout=2)
        answers.append((answer.get_srcSystem(), answer.param_id, answer.param_value, answer.param_index))
    ground.close()
    return answers
