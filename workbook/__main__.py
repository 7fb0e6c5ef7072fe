"""``python -m workbook``: the command, where its script is not on the path."""

from workbook.cli import main

main()
