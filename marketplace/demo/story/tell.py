"""The account of a story in words, amount by amount. Plain text, no decimals where the
currency has none."""

from collections.abc import Iterator, Mapping
from typing import Any

from marketplace.demo.story.account import Account
from marketplace.kit import money

Facts = Mapping[str, Any]
INDENT = " " * 17


def words(account: Account, *, names: Mapping[str, str]) -> Iterator[str]:
    """Tell who paid, how each line was split and why, and what moved when; `names` by
    party id."""
    facts = account.facts
    teller = _Teller(facts["order"]["currency"], names)
    yield from teller.order(account)
    yield from teller.splits(facts["splits"])
    yield from teller.transfers(account)
    yield from teller.journal(facts)


class _Teller:
    def __init__(self, currency: str, names: Mapping[str, str]) -> None:
        self._currency = currency
        self._names = names

    def _money(self, amount: int) -> str:
        return f"{money.plain(amount, self._currency):>12} {self._currency}"

    def _name(self, party: str | None) -> str:
        return self._names.get(party or "", party or "nobody")

    def order(self, account: Account) -> Iterator[str]:
        order = account.facts["order"]
        yield ""
        yield f"Order {order['id']}"
        for line in order["lines"]:
            yield from self._line(line, account)
        for part in order["shipping"]:
            yield (
                f"{self._money(part['amount'])}  delivery by "
                f"{self._name(part['seller'])}"
            )
        yield f"{self._money(order['total'])}  paid by the buyer"

    def _line(self, line: Facts, account: Account) -> Iterator[str]:
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
            yield (
                f"{INDENT} {self._name(line['creator'])} earns "
                f"{line['creator_bps'] / 100:g} % ({account.reasons[line['line']]}), "
                f"paid by the {line['creator_funded_by']}"
            )
        shares = (
            f"{self._name(share.party)} {share.kind} "
            f"{money.plain(share.amount, self._currency)}"
            for share in account.shares[line["line"]]
        )
        yield f"{INDENT} split: {', '.join(shares)}"

    def splits(self, rows: list[Facts]) -> Iterator[str]:
        yield ""
        yield "Whose it is, as the ledger says"
        for row in rows:
            yield (
                f"{self._money(row['amount'])}  {self._name(row['party'])}: "
                f"{row['kind']}"
            )
        yield f"{self._money(sum(row['amount'] for row in rows))}  together"

    def transfers(self, account: Account) -> Iterator[str]:
        yield ""
        yield "What was transferred, and when"
        rows = account.facts["transfers"]
        for row, sent_at in zip(rows, account.sent_at, strict=True):
            source = row["source_transaction"]
            yield (
                f"{self._money(row['amount'])}  {sent_at:%a %d %b}, "
                f"to {self._name(row['party'])}, "
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
