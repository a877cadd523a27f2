"""irc: two clients that talk in a channel of its own server, which waits with select."""

import irc.client
import irc.server

PACKAGE = "irc"


def serve():
    irc.server.IRCServer(("0.0.0.0", 4060), irc.server.IRCClient).serve_forever()


def ask(server):
    said = []
    reactor = irc.client.Reactor()
    one, other = (reactor.server().connect(server, 4060, name) for name in ("one", "other"))

    def joined(connection, event):
        if event.source.nick == "other":
            for number in range(3):
                one.privmsg("#hall", f"word {number}")

    reactor.add_global_handler("welcome", lambda connection, event: connection is one and one.join("#hall"))
    reactor.add_global_handler(
        "endofnames", lambda connection, event: connection is one and other.join("#hall")
    )
    reactor.add_global_handler(
        "join", lambda connection, event: connection is one and joined(connection, event)
    )
    reactor.add_global_handler(
        "pubmsg", lambda connection, event: said.append((event.source.nick, *event.arguments))
    )
    for _ in range(200):
        reactor.process_once(timeout=0.05)
        if len(said) == 3:
            break
    reactor.disconnect_all()
    return said
