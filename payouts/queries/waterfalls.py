"""A share explained: from what the buyer paid for the line down to it."""

from dataclasses import dataclass

from payouts.models import Accrual


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A row of a waterfall: what the buyer paid, and what was taken on the way."""

    key: str
    amount: int
    is_sum: bool


def waterfall(accrual: Accrual) -> list[Step]:
    """Explain a share: from what the buyer paid for the line down to it.

    The platform's own discounts are added back, they lower nobody's share.
    """
    line = accrual.line
    assert line is not None
    paid, subsidy = line.paid_amount, line.platform_discount_amount
    tax = line.tax_included_amount + line.tax_added_amount
    others = accrual.base_amount - accrual.amount
    steps = [
        Step(key="paid", amount=paid, is_sum=True),
        Step(key="subsidy", amount=subsidy, is_sum=False),
        Step(key="tax", amount=-tax, is_sum=False),
        Step(key="base", amount=accrual.base_amount, is_sum=True),
        Step(key="others", amount=-others, is_sum=False),
        Step(key="share", amount=accrual.amount, is_sum=True),
    ]
    return [step for step in steps if step.amount or step.is_sum]


def bars(steps: list[Step]) -> list[dict[str, object]]:
    """Place the steps of a waterfall: start and width in percent of the widest sum."""
    whole = max((step.amount for step in steps if step.is_sum), default=0) or 1
    placed: list[dict[str, object]] = []
    end = 0
    for step in steps:
        start = 0 if step.is_sum else min(end, end + step.amount)
        width = abs(step.amount)
        end = step.amount if step.is_sum else end + step.amount
        placed.append(
            {
                "key": step.key,
                "amount": step.amount,
                "sum": step.is_sum,
                "start": round(100 * max(start, 0) / whole, 2),
                "width": round(100 * width / whole, 2),
            }
        )
    return placed
