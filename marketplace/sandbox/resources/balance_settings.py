"""Balance settings (https://docs.stripe.com/api/balance-settings): when an account's
available money goes to its bank by itself, and how much of it stays.

Connected accounts start with daily payouts, as at Stripe, unless the sandbox is set up
otherwise; the platform with manual ones, so that nothing leaves that is owed to parties.
"""

import calendar
import datetime
from typing import Any

from marketplace.sandbox import events, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import Invalid, NotOffered
from marketplace.sandbox.resources import banks, checks
from marketplace.sandbox.store import PLATFORM, Record

KIND = "balance_settings"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
_DAYS = {"weekly": "weekly_payout_days", "monthly": "monthly_payout_days"}


def of(call: Call, account: str) -> Record:
    """Return an account's settings, made when they are first needed."""
    settings_id = f"settings_of_{account or 'platform'}"
    found = call.store.get(KIND, settings_id, account)
    if found is not None:
        return found
    body: dict[str, Any] = {
        "interval": "manual" if account == PLATFORM else call.config.party_payouts,
        "monthly_payout_days": None,
        "weekly_payout_days": None,
        "minimums": {},
        "debit_negative_balances": True,
        "statement_descriptor": None,
    }
    return call.store.add(Record(settings_id, KIND, account, call.now, body))


def _view(call: Call) -> dict[str, Any]:
    body = of(call, call.account).body
    schedule = {
        name: body[name]
        for name in ("interval", "monthly_payout_days", "weekly_payout_days")
    }
    payouts = {
        "minimum_balance_by_currency": body["minimums"] or None,
        "schedule": schedule,
        "statement_descriptor": body["statement_descriptor"],
        "status": "enabled" if is_paid_out(call, call.account) else "disabled",
    }
    timing = {"delay_days": 2, "delay_days_override": None, "start_of_day": None}
    return {
        "object": KIND,
        "payments": {
            "debit_negative_balances": body["debit_negative_balances"],
            "payouts": payouts,
            "settlement_timing": timing,
        },
    }


def is_paid_out(call: Call, account: str) -> bool:
    """Return whether the account's bank can be sent money."""
    bank = banks.of(call, account)
    if bank is None or bank.body["status"] == banks.ERRORED:
        return False
    party = call.store.get(banks.ACCOUNT, account) if account != PLATFORM else None
    if party is None:
        return account == PLATFORM
    held = party.body["closed"] or party.extra.get("payouts_held")
    return party.extra["status"] == "active" and not held


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/balance_settings"""
    return _view(call)


def update(call: Call) -> dict[str, Any]:
    """POST /v1/balance_settings: schedule, minimum balances, debits."""
    payments = call.params.get("payments", {})
    checks.offered(payments, {"payouts", "debit_negative_balances"}, "payments")
    asked = payments.get("payouts", {})
    checks.offered(
        asked,
        {"schedule", "minimum_balance_by_currency", "statement_descriptor"},
        "payments[payouts]",
    )
    record = of(call, call.account)
    if "schedule" in asked:
        record.body.update(_schedule(asked["schedule"]))
    if "minimum_balance_by_currency" in asked:
        minimums = asked["minimum_balance_by_currency"]
        record.body["minimums"] = _minimums(record.body["minimums"], minimums)
    if "statement_descriptor" in asked:
        text = checks.text(asked["statement_descriptor"], 22, "statement_descriptor")
        record.body["statement_descriptor"] = text
    if "debit_negative_balances" in payments:
        if call.account == PLATFORM:
            raise NotOffered("payments[debit_negative_balances]", "for the platform")
        record.body["debit_negative_balances"] = payments["debit_negative_balances"]
    record.due = None
    call.store.save(record)
    plan(call, call.account)
    answer = _view(call)
    responses.check(answer)
    events.emit(call, "balance_settings.updated", answer, call.account)
    return answer


def _schedule(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the new schedule; the days belong to their own interval."""
    interval = asked.get("interval")
    if interval is None:
        raise Invalid(
            "Missing required param: payments[payouts][schedule][interval].",
            param="payments[payouts][schedule][interval]",
            code="parameter_missing",
        )
    for name in _DAYS.values():
        param = f"payments[payouts][schedule][{name}]"
        if name in asked and name != _DAYS.get(interval):
            raise Invalid(f"`{name}` does not go with {interval}.", param=param)
        if name not in asked and name == _DAYS.get(interval):
            raise Invalid(
                f"Missing required param: {param}.",
                param=param,
                code="parameter_missing",
            )
    days = asked.get("monthly_payout_days", [1])
    if not days or any(not 1 <= day <= 31 for day in days):
        raise Invalid(
            "The days of a month are 1 to 31.",
            param="payments[payouts][schedule][monthly_payout_days]",
        )
    return {
        "interval": interval,
        "monthly_payout_days": asked.get("monthly_payout_days"),
        "weekly_payout_days": asked.get("weekly_payout_days"),
    }


def _minimums(known: dict[str, int], asked: Any) -> dict[str, int]:
    """Return the minimum balances; an empty value unsets one, or all."""
    if asked == "":
        return {}
    merged = dict(known)
    for name, amount in asked.items():
        code = checks.currency(name, "payments[payouts][minimum_balance_by_currency]")
        if amount == "":
            merged.pop(code, None)
        else:
            merged[code] = checks.at_least(
                amount, 0, f"payments[payouts][minimum_balance_by_currency][{code}]"
            )
    return merged


def plan(call: Call, account: str) -> None:
    """Set when the account is paid out next: the first day of its schedule on which
    there is money."""
    rows = call.store.rows(
        "SELECT MIN(MAX(available_on, ?)) FROM balance WHERE account = ? AND net > 0"
        " AND (available_on > ? OR currency IN (SELECT currency FROM balance"
        " WHERE account = ? AND available_on <= ? GROUP BY currency"
        " HAVING SUM(net) > 0))",
        (call.now, account, call.now, account, call.now),
    )
    first = rows[0][0]
    record = of(call, account)
    due = None if first is None else next_slot(record.body, int(first))
    if due != record.due:
        record.due = due
        call.store.save(record)


def expect(call: Call, account: str, available_on: int) -> None:
    """Take note of money that comes to an account."""
    record = of(call, account)
    slot = next_slot(record.body, max(available_on, call.now))
    if slot is not None and (record.due is None or slot < record.due):
        record.due = slot
        call.store.save(record)


def next_slot(body: dict[str, Any], at: int) -> int | None:
    """Return the first midnight (UTC) of the schedule after a moment."""
    if body["interval"] == "manual":
        return None
    slot = (at // money.DAY + 1) * money.DAY
    while not _is_day(body, slot):
        slot += money.DAY
    return slot


def _is_day(body: dict[str, Any], slot: int) -> bool:
    day = datetime.datetime.fromtimestamp(slot, tz=datetime.UTC).date()
    if body["interval"] == "weekly":
        return day.weekday() in [
            _WEEKDAYS.index(name) for name in body["weekly_payout_days"]
        ]
    if body["interval"] == "monthly":
        last = calendar.monthrange(day.year, day.month)[1]
        return day.day in [min(number, last) for number in body["monthly_payout_days"]]
    return True
