"""Run a command and print what the operating system says it took, as JSON; itself as small as Python gets."""

import json
import os
import sys
import time

UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, kilobytes elsewhere

started = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - started
code = os.waitstatus_to_exitcode(status)
if code == 0:
    print(json.dumps({"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * UNIT}))
elif code < 0:
    print(f"ended by signal {-code}", file=sys.stderr)
sys.exit(0 if code == 0 else 1)
