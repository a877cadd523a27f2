"""What a codec says of octets that are no header of its kind."""


class WireError(ValueError):
    """The octets break the format. The text is the reason with which the packet is dropped."""
