"""The reference inference server, started as ``workbook serve`` starts it."""

import os
import sys

from workbook.cli import main

if __name__ == "__main__":
    sys.argv[1:] = ["serve", "--models", os.environ["MODELS"], "--port", os.environ["PORT"]]
    sys.argv += ["--workers", os.environ["WORKERS"]]
    main()
