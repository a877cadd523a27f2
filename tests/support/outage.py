"""A server is switched off in the middle of a page, and on again; the browser knows nothing of it."""

OUTAGE = """\
title = "outage"
seed = 1
[[host]]
name = "pc"
address = "192.168.1.10/24"
processing_time = "0 s"
clock_ppm = 0
[[host]]
name = "server"
address = "192.168.1.20/24"
processing_time = "0 s"
clock_ppm = 0
[[coax]]
name = "yellow"
length = "100 m"
taps = [{ at = "0 m", host = "pc" }, { at = "50 m", host = "server" }]
[[fault]]
at = "1760 us"
what = "power off"
host = "server"
[[fault]]
at = "2 s"
what = "power on"
host = "server"
[[program]]
host = "server"
run = "web-server"
[[program]]
host = "pc"
run = "browse http://192.168.1.20/"
at = "1 ms"
stop = "3 s"
[[program]]
host = "pc"
run = "browse http://192.168.1.20/"
at = "4 s"
"""
