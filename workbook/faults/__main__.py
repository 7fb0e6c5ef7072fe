"""``python -m workbook.faults NAME``: one of these servers, at the port in the environment variable ``PORT``.

NAME is a fault of the catalog, ``reference`` or ``another``; without one they are listed. ``compare`` prints which of
them two suites of tests reject, ``contract`` which of them a test rejects that is made from the contract alone.
"""

from __future__ import annotations

import os
import signal
import sys

from workbook.faults import contract, verdicts
from workbook.faults.catalog import FAULTS
from workbook.faults.serving import GOOD, serve

DEFAULT_PORT = "8000"
COMMANDS = {"compare": verdicts.show, "contract": contract.show}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        for name in GOOD:
            print(f"{name:18} good")
        for fault in FAULTS:
            print(f"{fault.name:18} {fault.wrong}")
        return 0
    if arguments[0] in COMMANDS:
        COMMANDS[arguments[0]]()
        return 0
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        serve(arguments[0], int(os.environ.get("PORT", DEFAULT_PORT)))
    except (LookupError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
