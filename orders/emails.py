"""Mails to buyers."""

from collections.abc import Sequence
from datetime import datetime

from orders.models import Order, Shipment


def send_confirmation(*, order: Order, at: datetime) -> None: ...
def send_shipped(*, shipment: Shipment, at: datetime) -> None: ...
def send_links(*, orders: Sequence[Order], at: datetime) -> None: ...
