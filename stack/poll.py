"""What poll(2) and epoll(7) report of a descriptor; both have the same numbers on Linux."""

POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL, POLLRDHUP = 1, 2, 4, 8, 16, 32, 0x2000
