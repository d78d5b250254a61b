from orders.models.address import Address, OrderLink, SavedAddress
from orders.models.buy_link import (
    BuyLink,
    BuyLinkItem,
    BuyLinkState,
)
from orders.models.buy_link_use import BuyLinkUse
from orders.models.cart import Cart, CartLine
from orders.models.companion import Companion
from orders.models.discount import Discount, Redemption
from orders.models.event import OrderEvent
from orders.models.fulfilment import Shipment, ShipmentLine
from orders.models.order import (
    LineAttribution,
    Order,
    OrderLine,
    OrderStatus,
    SellerOrder,
)
from orders.models.payment import (
    OPEN_PAYMENTS,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Voucher,
)
from orders.models.refund import (
    Refund,
    RefundDoor,
    RefundFunding,
    RefundLine,
    RefundReason,
    RefundStatus,
    lines_given_back,
)
from orders.models.returns import Return, ReturnKind, ReturnLine, ReturnStatus
from orders.models.review import Review, ReviewStatus
from orders.models.saved_card import PaymentCustomer, SavedCard
from orders.models.tax import TaxCollector, TaxRate

__all__ = [
    "OPEN_PAYMENTS",
    "Address",
    "BuyLink",
    "BuyLinkItem",
    "BuyLinkState",
    "BuyLinkUse",
    "Cart",
    "CartLine",
    "Companion",
    "Discount",
    "LineAttribution",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderLink",
    "OrderStatus",
    "Payment",
    "PaymentCustomer",
    "PaymentMethod",
    "PaymentStatus",
    "Redemption",
    "Refund",
    "RefundDoor",
    "RefundFunding",
    "RefundLine",
    "RefundReason",
    "RefundStatus",
    "Return",
    "ReturnKind",
    "ReturnLine",
    "ReturnStatus",
    "Review",
    "ReviewStatus",
    "SavedAddress",
    "SavedCard",
    "SellerOrder",
    "Shipment",
    "ShipmentLine",
    "TaxCollector",
    "TaxRate",
    "Voucher",
    "lines_given_back",
]
