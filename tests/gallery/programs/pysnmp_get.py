"""pysnmp: an agent and a manager on asyncio, by SNMPv2c."""

import asyncio

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.hlapi.v3arch import asyncio as manager

PACKAGE = "pysnmp"


def serve():
    async def main():
        agent = engine.SnmpEngine()
        config.add_transport(agent, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode(("0.0.0.0", 4080)))
        config.add_v1_system(agent, "area", "public")
        config.add_vacm_user(agent, 2, "area", "noAuthNoPriv", (1, 3, 6, 1, 2, 1), (1, 3, 6, 1, 2, 1))
        mib = context.SnmpContext(agent)
        cmdrsp.GetCommandResponder(agent, mib)
        cmdrsp.NextCommandResponder(agent, mib)
        cmdrsp.SetCommandResponder(agent, mib)
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    async def main():
        snmp = manager.SnmpEngine()
        community = manager.CommunityData("public")
        target = await manager.UdpTransportTarget.create((server, 4080), timeout=1, retries=2)

        async def request(command, *values):
            name = manager.ObjectType(manager.ObjectIdentity("1.3.6.1.2.1.1.5.0"), *values)
            error, status, _, rows = await command(snmp, community, target, manager.ContextData(), name)
            if error:
                raise OSError(str(error))
            return int(status), [str(value) for _, value in rows]

        answers = [
            await request(manager.set_cmd, manager.OctetString("one")),
            await request(manager.get_cmd),
        ]
        snmp.close_dispatcher()
        return answers

    return asyncio.run(main())
