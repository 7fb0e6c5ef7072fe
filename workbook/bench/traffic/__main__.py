"""``python -m workbook.bench.traffic``"""

from workbook.bench.traffic.promises import main

if __name__ == "__main__":
    main()
