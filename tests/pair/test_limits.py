#!/usr/bin/python3
"""More strangers than there is room for: the limits of PROTOCOL.md section 9 hold, a connected agent is typed on, and
nothing is left behind."""

import re
import selectors
import socket
import sys
import time

from world import World
from harness import FACTOR, Failed, Harness, Tap, wait_for
from peer import PAIRING, PAIR_PROOF, Peer, client_context, frame, hello, make_key

PER_ADDRESS, IN_ALL, A_SECOND = 4, 32, 20
WAITING = 32  # for their turn
LINES_A_MINUTE = 30  # of each kind
AT_ONCE_S = 1.0
KEYS = range(2, 12)


def is_closed(peer, bound_s):
    """The server has ended it within the bound; what it may have sent is passed over."""
    peer.socket.settimeout(bound_s * FACTOR)
    try:
        peer.read_to_end()
        return True
    except TimeoutError:
        return False


def wait_logged(world, peer, why):
    wait_for(f"the log to say {why!r} of {peer.address}",
             lambda: re.search(rf"event=refused .*peer={re.escape(peer.address)}: .*{why}", world.console.log()), 2)


def close(peers):
    for peer in peers:
        peer.close()


def fill(world, addresses):
    """Four silent connections of each; the server has accepted them when it turns away what comes next."""
    return [Peer(world.console.port, address) for address in addresses for _ in range(PER_ADDRESS)]


def fifth_of_an_address(world):
    held = fill(world, ["127.0.2.1"])
    fifth = Peer(world.console.port, "127.0.2.1")
    if not is_closed(fifth, AT_ONCE_S):
        raise Failed("it was let in")
    wait_logged(world, fifth, "too many connections of its address")
    other = Peer(world.console.port, "127.0.2.2")
    if is_closed(other, 0.3):
        raise Failed("another address was turned away too")
    world.type(KEYS)
    close([*held, fifth, other])


def one_too_many(world):
    held = fill(world, [f"127.0.3.{number}" for number in range(1, IN_ALL // PER_ADDRESS + 1)])
    last = Peer(world.console.port, "127.0.3.200")
    if not is_closed(last, AT_ONCE_S + IN_ALL / A_SECOND):
        raise Failed("it was let in")
    wait_logged(world, last, "too many connections that have not said who they are")
    world.type(KEYS)
    close([*held, last])
    # Room again: somebody is at least listened to.
    later = Peer(world.console.port, "127.0.3.201")
    if is_closed(later, 0.3):
        raise Failed("there is still no room")
    close([later])


def flood(world):
    """A hundred at once, each with a line of HTTP: twenty, and those who have a place to wait, are looked at
    one by one, twenty a second, the others are turned away, and keys go between."""
    count = 100
    selector = selectors.DefaultSelector()
    time.sleep(1)  # the burst of the checks before is over, whatever they used of it
    start = time.monotonic()
    for number in range(count):
        stranger = socket.socket()
        stranger.bind((f"127.0.4.{1 + number}", 0))
        stranger.setblocking(False)
        stranger.connect_ex(("127.0.0.1", world.console.port))
        selector.register(stranger, selectors.EVENT_WRITE)
    slowest_s = 0
    while selector.get_map():
        if time.monotonic() - start > 30 * FACTOR:
            raise Failed(f"{len(selector.get_map())} of {count} are still there")
        for key, _ in selector.select(0.05):
            serve(selector, key)
        typed_at = time.monotonic()
        world.type(KEYS)
        slowest_s = max(slowest_s, time.monotonic() - typed_at)
    took_s = time.monotonic() - start
    if took_s < WAITING / A_SECOND - 0.5:
        raise Failed(f"{count} handshakes in {took_s:.1f} s")
    if slowest_s > 2 * FACTOR:
        raise Failed(f"keys took {slowest_s:.1f} s")


def serve(selector, key):
    """Sends its line once it is connected, then waits for its end."""
    stranger = key.fileobj
    try:
        if key.events & selectors.EVENT_WRITE:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            selector.modify(stranger, selectors.EVENT_READ)
            return
        if stranger.recv(4096):
            return
    except OSError:
        pass
    selector.unregister(stranger)
    stranger.close()


def lines_are_few(world):
    """Any key gets through the handshake while a code is valid; what that is good for is not to fill the log."""
    key = make_key(world.desk, "unknown", "ed25519")
    pairing, _ = world.desk.start_console_pairing(world.console)
    before = world.console.log().count("event=refused")
    for number in range(1, LINES_A_MINUTE + 10):
        for said in (hello(), hello(PAIRING) + frame(PAIR_PROOF, bytes(32))):
            peer = Peer(world.console.port, f"127.0.5.{number}")
            if not peer.shake_hands(client_context(key + ".crt", key + ".key")):
                raise Failed("the handshake failed")
            peer.send(said)
            peer.read_to_end()
            peer.close()
    lines = world.console.log().count("event=refused") - before
    if lines > 2 * LINES_A_MINUTE:
        raise Failed(f"{lines} lines")
    pairing.stop()


def nothing_is_left(world, descriptors):
    if not world.is_active() or world.console.log().count("lab is connected") != 1:
        raise Failed("the agent was lost")
    world.type(KEYS)
    wait_for(f"no more than {descriptors} descriptors, there are {world.count_descriptors()}",
             lambda: world.count_descriptors() <= descriptors)


def main():
    tap = Tap()
    with Harness() as desk:
        world = World(desk)
        world.switch()
        descriptors = world.count_descriptors()
        tap.check("the fifth connection of an address", fifth_of_an_address, world)
        tap.check("the thirty-third connection", one_too_many, world)
        tap.check("a flood is let in slowly, and keys go on", flood, world)
        tap.check("strangers do not fill the log", lines_are_few, world)
        tap.check("afterwards all is as it was", nothing_is_left, world, descriptors)
        if tap.failed:
            print("# " + world.logs().replace("\n", "\n# "))
        world.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
