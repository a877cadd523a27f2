"""ARP, IP, ICMP, UDP, TCP and sockets: frames and the time in, frames and the next deadline out."""
