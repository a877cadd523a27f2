"""ldap3: a search and a change in a directory that ldaptor serves on Twisted."""

from io import BytesIO

import ldap3
from ldaptor import inmemory
from ldaptor.interfaces import IConnectedLDAPEntry
from ldaptor.protocols.ldap.ldapserver import LDAPServer
from twisted.internet import protocol, reactor
from twisted.python.components import registerAdapter

PACKAGE = "ldap3"
LDIF = b"""dn: dc=lab
objectClass: dcObject
dc: lab

dn: cn=you,dc=lab
objectClass: person
cn: you
sn: One
userPassword: secret

"""


class Factory(protocol.ServerFactory):
    protocol = LDAPServer

    def __init__(self, root):
        self.root = root


def serve():
    def ready(root):
        registerAdapter(lambda factory: factory.root, Factory, IConnectedLDAPEntry)
        reactor.listenTCP(4039, Factory(root))

    inmemory.fromLDIFFile(BytesIO(LDIF)).addCallback(ready)
    reactor.run(installSignalHandlers=False)


def ask(host):
    server = ldap3.Server(host, 4039, get_info=ldap3.NONE, connect_timeout=5)
    with ldap3.Connection(server, "cn=you,dc=lab", "secret", auto_bind=True) as connection:
        connection.modify("cn=you,dc=lab", {"sn": [(ldap3.MODIFY_REPLACE, ["Other"])]})
        connection.search("dc=lab", "(objectClass=person)", attributes=["cn", "sn"])
        return [(entry.entry_dn, str(entry.sn)) for entry in connection.entries]
