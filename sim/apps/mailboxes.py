"""What a mail server keeps: a mailbox for each of its users, in memory, shared by SMTP and POP3."""

from collections.abc import Iterable


class Mailboxes:
    """Messages of `users` of the domain `domain`, each octets with lines that end in CR LF."""

    def __init__(self, domain: str, users: Iterable[str]) -> None:
        self.domain = domain
        self._messages: dict[str, list[bytes]] = {user: [] for user in users}
        self._locked: set[str] = set()

    def user_of(self, address: str) -> str | None:
        """Whose mailbox `address` is; None if it is nobody's here. Case does not matter."""
        local, _, domain = address.lower().rpartition("@")
        return local if domain == self.domain.lower() and local in self._messages else None

    def has(self, user: str) -> bool:
        """Whether there is such a user."""
        return user in self._messages

    def deliver(self, user: str, message: bytes) -> None:
        """Append a message."""
        self._messages[user].append(message)

    def open(self, user: str) -> list[bytes] | None:
        """The messages of `user`, whom nobody else may read until `close`; None if somebody does already."""
        if user in self._locked:
            return None
        self._locked.add(user)
        return list(self._messages[user])

    def close(self, user: str, deleted: set[int]) -> None:
        """Remove the messages with these places of what `open` gave."""
        self._messages[user] = [
            message for place, message in enumerate(self._messages[user]) if place not in deleted
        ]
        self._locked.discard(user)
