"""The account of a story in words, amount by amount. Plain text, no decimals where the
currency has none."""

from collections.abc import Iterator, Mapping
from typing import Any

from marketplace.kit import money

Facts = Mapping[str, Any]


def words(facts: Facts, *, names: Mapping[str, str]) -> Iterator[str]:
    """Tell who paid, how each line was split, what moved when; `names` by party id."""
    teller = _Teller(facts["order"]["currency"], names)
    yield from teller.order(facts["order"])
    yield from teller.splits(facts["splits"], facts["order"]["total"])
    yield from teller.transfers(facts["transfers"])
    yield from teller.journal(facts)


class _Teller:
    def __init__(self, currency: str, names: Mapping[str, str]) -> None:
        self._currency = currency
        self._names = names

    def _money(self, amount: int) -> str:
        return f"{money.plain(amount, self._currency):>12} {self._currency}"

    def _name(self, party: str | None) -> str:
        return self._names.get(party or "", party or "nobody")

    def order(self, order: Facts) -> Iterator[str]:
        yield ""
        yield f"Order {order['id']}"
        for line in order["lines"]:
            gross = line["quantity"] * line["unit_amount"]
            unit = money.plain(line["unit_amount"], self._currency)
            yield (
                f"{self._money(gross)}  {line['quantity']} × {unit} "
                f"from {self._name(line['seller'])}{_terms(line)}"
            )
            if line["discount"]:
                yield (
                    f"{self._money(-line['discount'])}  discount, "
                    f"paid by the {line['discount_funded_by']}"
                )
            if line["creator"]:
                rate = line["creator_bps"] / 100
                yield (
                    f"{'':>17} {self._name(line['creator'])} earns {rate:g} %, "
                    f"paid by the {line['creator_funded_by']}"
                )
        for part in order["shipping"]:
            yield (
                f"{self._money(part['amount'])}  delivery by "
                f"{self._name(part['seller'])}"
            )
        yield f"{self._money(order['total'])}  paid by the buyer"

    def splits(self, rows: list[Facts], total: int) -> Iterator[str]:
        yield ""
        yield "Whose it is, as the ledger says"
        for row in rows:
            yield (
                f"{self._money(row['amount'])}  {self._name(row['party'])}: "
                f"{row['kind']}"
            )
        yield f"{self._money(sum(row['amount'] for row in rows))}  together"

    def transfers(self, rows: list[Facts]) -> Iterator[str]:
        yield ""
        yield "What was transferred"
        for row in rows:
            source = row["source_transaction"]
            yield (
                f"{self._money(row['amount'])}  to {self._name(row['party'])}, "
                f"{f'out of {source}' if source else 'from the platform'}"
            )

    def journal(self, facts: Facts) -> Iterator[str]:
        yield ""
        yield "What the sandbox's own journal says"
        for line in facts["journal"]:
            amount = line["amount"]
            shown = self._money(amount) if amount is not None else " " * 16
            yield f"{shown}  {line['method']} {line['path']}: {line['outcome']}"
        for fault in facts["faults"]:
            yield (
                f"{'':>17} {fault['call']}: {fault['hit']} of {fault['armed']} "
                "faults hit"
            )
        yield ""
        for currency, difference in facts["trial_balance"].items():
            yield f"The trial balance in {currency} is {difference}."
        violated = {name: n for name, n in facts["invariants"].items() if n}
        yield (
            f"{len(facts['invariants'])} invariants were checked, "
            f"{len(violated)} are violated."
        )


def _terms(line: Facts) -> str:
    tax = {"none": "no tax", "seller": "tax the seller's", "platform": "tax collected"}
    return (
        f" ({tax[line['tax_collected_by']]}, platform {line['platform_bps'] / 100:g} %)"
    )
