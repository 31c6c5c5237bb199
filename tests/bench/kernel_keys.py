"""Keys of a real kernel's keyboard: the console is a machine that QEMU emulates in software, so its figures are QEMU's."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "machine"))
import inputs  # noqa: E402
import kernel_console  # noqa: E402
import latency  # noqa: E402
import vm  # noqa: E402
from bench import slow_times  # noqa: E402
from harness import Failed, Harness  # noqa: E402
from table import Table  # noqa: E402

FACTOR = 2  # hotdesk's times are stretched by it: the machine is slow
RATE = 20  # keys a second


def measure(arguments):
    """From just before QEMU is told of a key to the raw event on the target's X server."""
    with Harness(arguments.build) as desk:
        control = os.path.join(desk.directory, "qmp")
        with kernel_console.KernelConsole(desk, "ps2", FACTOR,
                                          ("-qmp", f"unix:{control},server=on,wait=off")) as console:
            screen = desk.display(inputs.WIDTH_PX, inputs.HEIGHT_PX)
            console.pair(desk.machine("lab", display=screen))
            console.machine.run("hotdesk switch lab", check=True)
            console.wait_active("lab")
            load = inputs.start_load(desk, f"qmp:{control}", screen.name, "keys", latency.EVENTS_MIN, RATE)
            return latency.figures_of("hotdesk in QEMU", load, latency.EVENTS_MIN, RATE)


def run(arguments):
    table = Table("machine", f"From QEMU's QMP (input-send-event, PS/2) to the target's X server on the host, once, at most "
                  f"{RATE} keys a second: the console is a real kernel in software emulation (TCG), whose time this is",
                  latency.FIGURES, ours="hotdesk in QEMU")
    with slow_times(FACTOR):
        try:
            table.add("keys", "hotdesk in QEMU", measure(arguments))
        except vm.MachineError as error:
            raise Failed(str(error)) from None
    return table
