"""pynetdicom: an association and C-ECHO by DICOM, each with threads and reactor of its own."""

from pynetdicom import AE

PACKAGE = "pynetdicom"
VERIFICATION = "1.2.840.10008.1.1"


def serve():
    entity = AE("SERVER")
    entity.add_supported_context(VERIFICATION)
    entity.start_server(("0.0.0.0", 4084), block=True)


def ask(server):
    entity = AE("PC")
    entity.add_requested_context(VERIFICATION)
    association = entity.associate(server, 4084, ae_title="SERVER")
    if not association.is_established:
        raise ConnectionError
    statuses = [association.send_c_echo().Status for _ in range(3)]
    association.release()
    return statuses, association.is_released
