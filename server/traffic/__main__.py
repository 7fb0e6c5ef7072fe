"""``python -m server.traffic POLICY``: the front, without the course's tool around it, for a container."""

from __future__ import annotations

import signal
from pathlib import Path


def main() -> None:
    """Parse the arguments, and serve until SIGINT or SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until Granian sets its own, Ctrl+C ends this without a traceback
    import argparse

    from server.traffic.process import HOST, PORT, serve

    parser = argparse.ArgumentParser(prog="python -m server.traffic", description="A front before inference servers.")
    parser.add_argument("policy", type=Path, help="the policy, a TOML file; see docs/traffic.md")
    parser.add_argument("--host", default=HOST, help="0.0.0.0 in a container, else other containers cannot reach it")
    parser.add_argument("--port", type=int, default=PORT)
    arguments = parser.parse_args()
    try:
        serve(arguments.policy, arguments.host, arguments.port)
    except ValueError as error:  # of the policy
        parser.exit(2, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    main()
