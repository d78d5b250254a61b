"""Requests that are complete and valid, for tests to vary."""

import dataclasses
import datetime
import uuid
from typing import Any

from marketplace import gateway


def checkout(**more: Any) -> gateway.CheckoutRequest:
    at = datetime.datetime.now(datetime.UTC)
    reference = uuid.uuid4().hex[:14]
    return dataclasses.replace(
        gateway.CheckoutRequest(
            payment_reference=f"pay_{reference}",
            order_reference=f"ord_{reference}",
            currency="EUR",
            total_amount=8736,
            items=(
                gateway.CheckoutItem(name="Shirt × 3", amount=5386),
                gateway.CheckoutItem(name="Mug × 1", amount=2205),
                gateway.CheckoutItem(name="Delivery", amount=1145),
            ),
            email="buyer@example.com",
            locale="sv",
            success_url="https://shop.example/orders/1",
            cancel_url="https://shop.example/back",
            transfer_group=f"ord_{reference}",
            expires_at=at + datetime.timedelta(minutes=30),
            custom_text="You pay 87.36 EUR to two sellers.",
            konbini_expires_after_days=None,
        ),
        **more,
    )


def account(**more: Any) -> gateway.AccountRequest:
    return dataclasses.replace(
        gateway.AccountRequest(
            reference=f"shp_{uuid.uuid4().hex[:14]}",
            kind="seller",
            entity="company",
            country="SE",
            email="seller@example.com",
            display_name="Norrsken Keramik",
        ),
        **more,
    )


def transfer(**more: Any) -> gateway.TransferRequest:
    reference = uuid.uuid4().hex[:14]
    return dataclasses.replace(
        gateway.TransferRequest(
            reference=f"trf_{reference}",
            amount=5368,
            currency="EUR",
            destination="acct_none",
            transfer_group=f"ord_{reference}",
            source_charge_id=None,
            description="Share of an order",
        ),
        **more,
    )


def refund(**more: Any) -> gateway.RefundRequest:
    return dataclasses.replace(
        gateway.RefundRequest(
            reference=f"rfd_{uuid.uuid4().hex[:14]}",
            payment_intent_id="pi_none",
            amount=2205,
            currency="EUR",
            instructions_email=None,
        ),
        **more,
    )


def key() -> str:
    return f"test:{uuid.uuid4().hex}"
