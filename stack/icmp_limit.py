"""How many ICMP errors a host sends (RFC 1812 section 4.3.2.8): a bucket of tokens that fills with time."""

from stack.environment import Environment


class ErrorLimit:
    """One host's bucket. `allows` takes a token if there is one."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._tokens, _ = environment.parameters.icmp_errors
        self._since = 0

    def allows(self) -> bool:
        """Whether one more error may go now."""
        size, interval = self._environment.parameters.icmp_errors
        gained, rest = divmod(self._environment.now - self._since, interval)
        self._tokens = min(self._tokens + gained, size)
        self._since = self._environment.now - rest
        if self._tokens == 0:
            return False
        self._tokens -= 1
        return True
