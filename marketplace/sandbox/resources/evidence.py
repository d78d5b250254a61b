"""The evidence of a dispute: which fields there are, and what may be in them.

https://docs.stripe.com/api/disputes/update. Lengths and the check that a file is one
are what the types of the SDK do not say.
"""

from typing import Any

from marketplace.sandbox.calls import Call
from marketplace.sandbox.errors import (
    Invalid,
    NotOffered,
    Refused,
    missing_reference,
)
from marketplace.sandbox.resources import checks, files

FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)
TEXTS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)
LONGEST_TEXT = 20_000
LONGEST_ALL = 150_000


def empty() -> dict[str, Any]:
    """Return the evidence of a new dispute: every field, nothing in it."""
    return {**dict.fromkeys((*TEXTS, *FILES, "appeal")), "enhanced_evidence": {}}


def check(call: Call, params: dict[str, Any]) -> None:
    """Refuse evidence that cannot be taken, before anything begins.

    :raises Invalid: too long.
    :raises Refused: a file that was not uploaded as evidence.
    """
    if "intended_submission_method" in params:
        raise NotOffered("intended_submission_method")
    asked = params.get("evidence", {})
    if "enhanced_evidence" in asked:
        raise NotOffered("evidence[enhanced_evidence]")
    card = (asked.get("appeal") or {}).get("card") or {}
    texts = {name: asked[name] for name in TEXTS if name in asked}
    texts["appeal][card][reason_for_filing"] = card.get("reason_for_filing", "")
    for name, text in texts.items():
        if len(text) > LONGEST_TEXT:
            raise Invalid(
                f"This field has {len(text)} characters; 20,000 are the most.",
                param=f"evidence[{name}]",
            )
    if sum(len(text) for text in texts.values()) > LONGEST_ALL:
        raise Invalid("All evidence has 150,000 characters at most.", param="evidence")
    for name in FILES:
        if asked.get(name):
            _check_file(call, asked[name], f"evidence[{name}]")
    for file_id in card.get("supporting_files") or []:
        _check_file(call, file_id, "evidence[appeal][card][supporting_files]")


def _check_file(call: Call, file_id: str, param: str) -> None:
    if call.store.get(files.KIND, file_id, call.account) is None:
        raise missing_reference("file upload", file_id, param=param)


def stage(body: dict[str, Any], asked: dict[str, Any], *, appealed: bool) -> None:
    """Write evidence into a dispute; an empty value takes a field away.

    :raises Refused: an appeal takes the fields of `appeal` alone, and nothing else
        takes those.
    """
    if appealed and set(asked) - {"appeal"}:
        raise Refused(
            "The appeal takes `evidence[appeal]` only.", param="evidence[appeal]"
        )
    if not appealed and asked.get("appeal"):
        raise Refused("This dispute is not appealed.", param="evidence[appeal]")
    held = body["evidence"]
    for name, value in asked.items():
        if name == "appeal":
            held["appeal"] = _appeal(value)
        else:
            held[name] = value or None
    body["evidence_details"]["has_evidence"] = given(body, appealed=False) or given(
        body, appealed=True
    )


def _appeal(value: Any) -> dict[str, Any] | None:
    card = value.get("card") if value else None
    if not card:
        return None
    return {
        "card": {
            "reason_for_filing": card.get("reason_for_filing") or None,
            "supporting_files": card.get("supporting_files") or None,
        }
    }


def given(body: dict[str, Any], *, appealed: bool) -> bool:
    """Return whether there is evidence, or evidence for the appeal."""
    held = body["evidence"]
    if appealed:
        return held["appeal"] is not None and any(held["appeal"]["card"].values())
    return any(held[name] for name in (*TEXTS, *FILES))


def deciding_text(body: dict[str, Any], *, appealed: bool) -> str | None:
    """Return the text that a test may decide the dispute by."""
    held = body["evidence"]
    if appealed:
        text: str | None = held["appeal"]["card"]["reason_for_filing"]
        return text
    return str(held["uncategorized_text"]) if held["uncategorized_text"] else None


def merged(body: dict[str, Any], asked: Any) -> dict[str, Any]:
    """Return the metadata after an update; an empty value unsets all of it."""
    return checks.metadata({**body["metadata"], **asked}) if asked else {}
