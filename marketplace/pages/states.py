"""The state words of the platform, each with its tone and icon.

The codes are the ones models and API use; the words here are the only ones people
read, in pages, mails and admin alike.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.kit.templatetags.pills import Pill

ORDER = {
    "awaiting_payment": Pill(_("Awaiting payment"), "warn", "clock"),
    "paid": Pill(_("Paid"), "ok", "check"),
    "to_ship": Pill(_("To ship"), "info", "box"),
    "shipped": Pill(_("Shipped"), "neutral", "truck"),
    "delivered": Pill(_("Delivered"), "ok", "check"),
    "cancelled": Pill(_("Cancelled"), "neutral", "close"),
    "withdrawn": Pill(_("Withdrawn"), "neutral", "return"),
    "return_open": Pill(_("Return open"), "warn", "return"),
    "refunded": Pill(_("Refunded"), "neutral", "return"),
    "refunded_part": Pill(_("Refunded (part)"), "neutral", "return"),
    "problem": Pill(_("Problem"), "bad", "alert"),
}
PAYMENT = {
    "started": Pill(_("Started"), "neutral", "right"),
    "unknown": Pill(_("Unknown"), "warn", "refresh"),
    "needs_action": Pill(_("Needs action"), "warn", "alert"),
    "awaiting_cash": Pill(_("Awaiting cash"), "warn", "clock"),
    "paid": Pill(_("Paid"), "ok", "check"),
    "failed": Pill(_("Failed"), "bad", "cross-circle"),
    "expired": Pill(_("Expired"), "neutral", "close"),
    "disputed": Pill(_("Disputed"), "bad", "flag"),
}
REFUND = {
    "requested": Pill(_("Requested"), "neutral", "clock"),
    "submitted": Pill(_("Submitted"), "info", "right"),
    "unknown": Pill(_("Unknown"), "warn", "refresh"),
    "waits_for_buyer": Pill(_("Refund waits for buyer"), "warn", "clock"),
    "sent": Pill(_("Refund sent"), "neutral", "return"),
    "failed": Pill(_("Failed"), "bad", "cross-circle"),
}
# The same to the buyer, who is the one a refund may wait for.
BUYER_REFUND = REFUND | {
    "waits_for_buyer": Pill(_("Needs your bank account"), "warn", "clock"),
}
EARNING = {
    "pending": Pill(_("Pending"), "neutral", "clock"),
    "available": Pill(_("Available"), "info", "check-circle"),
    "in_payout": Pill(_("In payout"), "info", "calendar"),
    "paid": Pill(pgettext_lazy("earning", "Paid"), "ok", "check"),
    "held": Pill(_("Held"), "warn", "pause"),
    "reversed": Pill(_("Reversed"), "bad", "return"),
    "adjusted": Pill(_("Adjusted"), "warn", "edit"),
}
# Transfers, their reversals and the items of a payout run share their codes.
TRANSFER = {
    "planned": Pill(_("Planned"), "info", "calendar"),
    "submitted": Pill(_("Submitted"), "info", "right"),
    "unknown": Pill(_("Unknown"), "warn", "refresh"),
    "sent": Pill(_("Sent"), "ok", "check"),
    "failed": Pill(_("Failed"), "bad", "cross-circle"),
    "reversed": Pill(_("Reversed"), "bad", "return"),
    "skipped": Pill(_("Skipped"), "warn", "pause"),
}
PARTY_PAYOUT = {
    "pending": Pill(_("Planned"), "info", "calendar"),
    "in_transit": Pill(_("In transit"), "info", "right"),
    "paid": Pill(pgettext_lazy("earning", "Paid"), "ok", "check"),
    "failed": Pill(_("Failed"), "bad", "cross-circle"),
    "cancelled": Pill(_("Cancelled"), "neutral", "close"),
}
PAYOUT_RUN = {
    "computed": Pill(_("Computed"), "info", "calendar"),
    "approved": Pill(_("Approved"), "info", "check-circle"),
    "executing": Pill(_("Executing"), "info", "right"),
    "done": Pill(_("Done"), "ok", "check"),
    "done_with_failures": Pill(_("Done with failures"), "bad", "alert"),
    "cancelled": Pill(_("Cancelled"), "neutral", "close"),
}
DISPUTE = {
    "warning_needs_response": Pill(_("The bank asks"), "warn", "flag"),
    "warning_under_review": Pill(_("The bank looks at it"), "info", "eye"),
    "warning_closed": Pill(_("Closed"), "ok", "check"),
    "needs_response": Pill(_("Needs an answer"), "warn", "flag"),
    "under_review": Pill(_("The bank looks at it"), "info", "eye"),
    "won": Pill(_("Won"), "ok", "check"),
    "lost": Pill(_("Lost"), "bad", "cross-circle"),
    "prevented": Pill(_("Given back"), "bad", "return"),
    "appeal_needs_response": Pill(_("Lost, may be appealed"), "warn", "flag"),
    "appeal_under_review": Pill(_("Lost, appealed"), "info", "eye"),
}
WRITE_OFF = {
    "requested": Pill(_("Waits for a second person"), "warn", "clock"),
    "approved": Pill(_("Written off"), "neutral", "close"),
    "declined": Pill(_("Declined"), "neutral", "close"),
}
EVENT = {
    "received": Pill(_("Received"), "info", "mail"),
    "deferred": Pill(_("Deferred"), "warn", "clock"),
    "done": Pill(_("Done"), "ok", "check"),
    "ignored": Pill(_("Ignored"), "neutral", "close"),
    "dead": Pill(_("Dead"), "bad", "cross-circle"),
}
ACCOUNT = {
    "not_started": Pill(_("Not started"), "neutral", "dots"),
    "needs_information": Pill(_("Needs information"), "warn", "alert"),
    "in_review": Pill(_("In review"), "neutral", "eye"),
    "active": Pill(_("Active"), "ok", "check-circle"),
    "payouts_paused": Pill(_("Payouts paused"), "warn", "pause"),
    "closed": Pill(_("Closed"), "neutral", "lock"),
}
PRODUCT = {
    "draft": Pill(_("Draft"), "neutral", "edit"),
    "in_review": Pill(_("In review"), "neutral", "eye"),
    "live": Pill(pgettext_lazy("product", "Live"), "ok", "check-circle"),
    "sold_out": Pill(_("Sold out"), "neutral", "close"),
    "hidden": Pill(_("Hidden"), "neutral", "eye"),
    "blocked": Pill(_("Blocked"), "bad", "cross-circle"),
    "recalled": Pill(_("Recalled"), "bad", "alert"),
}

REPORT = {
    "received": Pill(_("Received"), "warn", "flag"),
    "decided": Pill(_("Decided"), "ok", "check"),
}

TABLES = {
    "order": ORDER,
    "payment": PAYMENT,
    "refund": REFUND,
    "buyer_refund": BUYER_REFUND,
    "earning": EARNING,
    "transfer": TRANSFER,
    "party_payout": PARTY_PAYOUT,
    "payout_run": PAYOUT_RUN,
    "dispute": DISPUTE,
    "write_off": WRITE_OFF,
    "event": EVENT,
    "account": ACCOUNT,
    "product": PRODUCT,
    "report": REPORT,
}
