// ns-3's packet-level CSMA on the traffic of sim/bench/traffic.py: STATIONS on one channel, all of which always have
// a frame to send to the next one. `csma STATIONS OCTETS FRAMES` prints frames delivered, processor time in ns and
// simulated time in ns from the first frame on.
//
// Times are those of a 10BASE5 segment of 500 m (802.3 clauses 4.4.2 and 8.6.1). The model knows no collisions: who
// finds the channel busy backs off.
#include <ctime>
#include <iostream>
#include <string>

#include "ns3/core-module.h"
#include "ns3/csma-channel.h"
#include "ns3/csma-net-device.h"
#include "ns3/drop-tail-queue.h"
#include "ns3/mac48-address.h"
#include "ns3/node.h"

using namespace ns3;

namespace {

constexpr uint32_t QUEUED = 8, FRAMING = 18;  // header and FCS
constexpr uint16_t ETHERTYPE = 0x88b5;
uint64_t delivered = 0, wanted = 0;

bool receive(Ptr<NetDevice>, Ptr<const Packet>, uint16_t, const Address&) {
    if (++delivered == wanted) Simulator::Stop();
    return true;
}

struct Sender {
    Ptr<CsmaNetDevice> device;
    Address peer;
    uint32_t payload;
    void send() { device->Send(Create<Packet>(payload), peer, ETHERTYPE); }
    void done(Ptr<const Packet>) { send(); }
};

int64_t processor_ns() {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

}  // namespace

int main(int, char** words) {
    const size_t stations = std::stoul(words[1]);
    const uint32_t octets = static_cast<uint32_t>(std::stoul(words[2]));
    wanted = std::stoull(words[3]);
    Ptr<CsmaChannel> channel = CreateObject<CsmaChannel>();
    channel->SetAttribute("DataRate", DataRateValue(DataRate("10Mbps")));
    channel->SetAttribute("Delay", TimeValue(NanoSeconds(2165)));
    std::vector<Sender> senders;
    for (size_t n = 0; n < stations; ++n) {
        Ptr<Node> node = CreateObject<Node>();
        Ptr<CsmaNetDevice> device = CreateObject<CsmaNetDevice>();
        device->SetAddress(Mac48Address::Allocate());
        device->SetQueue(CreateObject<DropTailQueue<Packet>>());
        device->SetInterframeGap(NanoSeconds(9600));
        device->SetBackoffParams(NanoSeconds(51200), 1, 1023, 10, 16);
        node->AddDevice(device);  // makes itself the receiver
        device->SetReceiveCallback(MakeCallback(&receive));
        device->Attach(channel);
        senders.push_back({device, Address(), octets - FRAMING});
    }
    for (size_t n = 0; n < stations; ++n) {
        Sender& sender = senders[n];
        sender.peer = senders[(n + 1) % stations].device->GetAddress();
        sender.device->TraceConnectWithoutContext("PhyTxEnd", MakeCallback(&Sender::done, &sender));
        sender.device->TraceConnectWithoutContext("PhyTxDrop", MakeCallback(&Sender::done, &sender));
        for (uint32_t frame = 0; frame < QUEUED; ++frame) Simulator::ScheduleNow(&Sender::send, &sender);
    }
    const int64_t begun = processor_ns();
    Simulator::Run();
    std::cout << delivered << " " << processor_ns() - begun << " " << Simulator::Now().GetNanoSeconds() << "\n";
    Simulator::Destroy();
}
