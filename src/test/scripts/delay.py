"""Two Ethernet devices joined by a cable in which one direction is late.

delay.py NEAR FAR MILLIS: what is sent on FAR arrives at NEAR after MILLIS, what is sent on NEAR arrives at FAR at once.
For kernels without netem. Ends when it is killed; the devices go with it.
"""

import collections
import fcntl
import os
import selectors
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP_NO_PI = 0x0002 | 0x1000
LARGEST_FRAME = 65536


def device(name):
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP_NO_PI))
    return tap


def send(tap, frame):
    try:
        os.write(tap, frame)
    except OSError:
        pass  # The device is down, or its queue is full: a cable loses frames, and TCP sends them again.


near, far = device(sys.argv[1]), device(sys.argv[2])
delay = float(sys.argv[3]) / 1000
late = collections.deque()
readable = selectors.DefaultSelector()
for tap in (near, far):
    readable.register(tap, selectors.EVENT_READ)

while True:
    wait = max(0, late[0][0] - time.monotonic()) if late else None
    for key, _ in readable.select(wait):
        try:
            frame = os.read(key.fd, LARGEST_FRAME)
        except OSError:
            time.sleep(0.01)  # Not up yet.
            continue
        if key.fd == far:
            late.append((time.monotonic() + delay, frame))
        else:
            send(far, frame)
    while late and late[0][0] <= time.monotonic():
        send(near, late.popleft()[1])
