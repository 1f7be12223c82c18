"""Hosts of a small network on this machine: a network namespace each, joined by a bridge.

Needs root and iproute2. The scheduler and clients run outside, at the bridge's address.
"""

import os
import shutil
import subprocess


def _ip(*words, check=True):
    return subprocess.run(["ip", *map(str, words)], check=check, capture_output=True, text=True)


def possible():
    """Whether this machine lets us make namespaces."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    made = _ip("netns", "add", "tartan-probe", check=False).returncode == 0
    if made:
        _ip("netns", "del", "tartan-probe", check=False)
    return made


class Network:
    BRIDGE = "tartan-br"
    ADDRESS = "10.119.86.1"

    def __init__(self, hosts):
        self.names = [f"tartan-{number}" for number in range(hosts)]
        self.remove()
        _ip("link", "add", self.BRIDGE, "type", "bridge")
        _ip("addr", "add", f"{self.ADDRESS}/24", "dev", self.BRIDGE)
        _ip("link", "set", self.BRIDGE, "up")
        for number, name in enumerate(self.names):
            _ip("netns", "add", name)
            _ip("link", "add", self._port(number), "type", "veth", "peer", "name", "eth0",
                "netns", name)
            _ip("link", "set", self._port(number), "master", self.BRIDGE, "up")
            _ip("-n", name, "addr", "add", f"{self.address(number)}/24", "dev", "eth0")
            _ip("-n", name, "link", "set", "eth0", "up")
            _ip("-n", name, "link", "set", "lo", "up")

    @staticmethod
    def _port(number):
        return f"tartan-port-{number}"

    @staticmethod
    def address(number):
        return f"10.119.86.{10 + number}"

    def command(self, number):
        """What to put before a command for it to run on the host."""
        return ["ip", "netns", "exec", self.names[number]]

    def cut(self, number):
        """Nothing reaches the host or leaves it, and nobody is told."""
        _ip("link", "set", self._port(number), "down")

    def mend(self, number):
        _ip("link", "set", self._port(number), "up")

    def deafen(self, number):
        """What the host sends gets through; what scheduler and clients send to it is lost."""
        _ip("route", "add", "blackhole", f"{self.address(number)}/32")

    def undeafen(self, number):
        _ip("route", "del", "blackhole", f"{self.address(number)}/32")

    def remove(self):
        for name in self.names:
            _ip("netns", "del", name, check=False)
        for number in range(len(self.names)):
            _ip("route", "del", "blackhole", f"{self.address(number)}/32", check=False)
            _ip("link", "del", self._port(number), check=False)
        _ip("link", "del", self.BRIDGE, check=False)
