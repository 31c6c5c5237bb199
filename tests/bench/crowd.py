"""Many paired agents on one machine: keys and pins are written as pairing leaves them, which is much quicker."""

import base64
import hashlib
import json
import os
import ssl
import time

from harness import wait_for

# SubjectPublicKeyInfo of an Ed25519 key, up to the key's 32 bytes (RFC 8410).
KEY_INFO = bytes.fromhex("302a300506032b6570032100")
STARTS_A_SECOND = 12  # the server looks at 20 handshakes a second


def fingerprint_of(certificate_path):
    """As targets.json and server.json have it."""
    with open(certificate_path, encoding="ascii") as file:
        der = ssl.PEM_cert_to_DER_cert(file.read())
    at = der.index(KEY_INFO)
    digest = hashlib.sha256(der[at:at + len(KEY_INFO) + 32]).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


class Crowd:
    """`server`: a harness's console, at `host`. `machines` are to be its targets, in this order."""

    def __init__(self, desk, server, machines, host="127.0.0.1"):
        self.desk, self.server, self.machines, self.host = desk, server, machines, host
        self.entries = []
        self.running = 0

    def pair(self, count):
        """The first so many are paired; the server starts anew."""
        self.entries += [self._entry(number, machine) for number, machine in enumerate(self.machines[:count], 1)
                         if number > len(self.entries)]
        self.server.process.kill()
        path = os.path.join(self.server.state_dir, "server/targets.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"version": 1, "targets": self.entries}, file)
        os.chmod(path, 0o600)
        self.server.start()
        for machine in self.machines[self.running:count]:
            self._pin(machine)

    def _entry(self, number, machine):
        directory = os.path.join(machine.state_dir, "agent")
        os.mkdir(directory, 0o700)
        key, certificate = (os.path.join(directory, name) for name in ("key.pem", "certificate.pem"))
        self.desk.run("openssl", "req", "-x509", "-noenc", "-subj", "/CN=hotdesk", "-days", "9", "-newkey", "ed25519",
                      "-keyout", key, "-out", certificate)
        for path in (key, certificate):
            os.chmod(path, 0o600)
        return {"number": number, "name": machine.name, "fingerprint": fingerprint_of(certificate),
                "address": self.host, "paired": int(time.time())}

    def _pin(self, machine):
        pin = {"host": self.host, "port": self.server.port, "server": "console", "name": machine.name,
               "fingerprint": fingerprint_of(os.path.join(self.server.state_dir, "server/certificate.pem"))}
        path = os.path.join(machine.state_dir, "agent/server.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(pin, file)
        os.chmod(path, 0o600)

    def grow(self, count):
        """So many are paired, run and are ready."""
        if count > len(self.entries):
            self.pair(count)
        for machine in self.machines[self.running:count]:
            machine.start()
            time.sleep(1 / STARTS_A_SECOND)
        self.running = max(self.running, count)
        wait_for(f"{count} agents to be ready", lambda: self.count_ready() >= count, 60, 0.2)

    def count_ready(self):
        return sum(target["state"] == "ready" for target in self.server.ask("status")["targets"])
