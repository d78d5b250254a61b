from sellers.models.delivery import DeliveryProfile
from sellers.models.price import PriceChange
from sellers.models.product import (
    NEVER_WITHDRAWN,
    Category,
    Photo,
    Product,
    ProductStatus,
    Variant,
    WithdrawalException,
    withdrawal_exception_known,
)
from sellers.models.question import HiddenBy, Question, QuestionStatus
from sellers.models.search import SearchMiss
from sellers.models.shop import Membership, MembershipRole, Shop, ShopKind
from sellers.models.stock import (
    Reservation,
    ReservationStatus,
    StockMove,
    StockMoveKind,
)
from sellers.models.stock_alert import StockAlert

__all__ = [
    "NEVER_WITHDRAWN",
    "Category",
    "DeliveryProfile",
    "HiddenBy",
    "Membership",
    "MembershipRole",
    "Photo",
    "PriceChange",
    "Product",
    "ProductStatus",
    "Question",
    "QuestionStatus",
    "Reservation",
    "ReservationStatus",
    "SearchMiss",
    "Shop",
    "ShopKind",
    "StockAlert",
    "StockMove",
    "StockMoveKind",
    "Variant",
    "WithdrawalException",
    "withdrawal_exception_known",
]
