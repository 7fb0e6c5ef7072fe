"""``python -m workbook``: the command, if its script is not on the path."""

from workbook.cli import main

main()
