"""Tables that a spreadsheet program opens without running anything in them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

# What spreadsheets take for the beginning of a formula, full-width forms included
# (https://owasp.org/www-community/attacks/CSV_Injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"

Cell = str | int | Decimal | None


def safe(cell: Cell) -> str | int | Decimal:
    """Make a text inert by a leading apostrophe where a program would calculate it;
    numbers stay numbers.
    """
    if cell is None:
        return ""
    if isinstance(cell, int | Decimal):
        return cell
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA_STARTS) else cell


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Write rows as CSV, one string a row, the first with the mark that tells Excel
    the encoding is UTF-8. Every text is quoted.
    """
    first = BOM
    for row in rows:
        line = io.StringIO()
        csv.writer(line, quoting=csv.QUOTE_NONNUMERIC).writerow(
            [safe(cell) for cell in row]
        )
        yield first + line.getvalue()
        first = ""
