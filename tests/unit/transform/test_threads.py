"""Records of one kind are read in several threads at once, from the very first one on."""

import subprocess
import sys

from tests.command import ROOT

# In a process of its own: where the mechanism is missing, it ends with SIGSEGV.
FIRST_READINGS = """
import sys
import threading

import msgspec

from sync.transform.shape import OptTime, Shape, read

sys.setswitchinterval(1e-6)
names = [f"field_{number}" for number in range(40)]
payload = dict.fromkeys(names, "2026-01-01T00:00:00Z")

def first_reading(shape, together):
    together.wait()
    assert read(payload, shape).field_1.year == 2026

for _ in range(60):
    fields = [(name, OptTime) for name in names]
    shape = msgspec.defstruct("Made", fields, bases=(Shape,), kw_only=True)
    together = threading.Barrier(4)
    threads = [threading.Thread(target=first_reading, args=(shape, together)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_a_kind_of_record_may_first_be_read_in_many_threads_at_once() -> None:
    ended = subprocess.run([sys.executable, "-c", FIRST_READINGS], cwd=ROOT, timeout=60)
    assert ended.returncode == 0
