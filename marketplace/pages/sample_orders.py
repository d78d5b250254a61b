"""A made-up order for the previews of mails: rows that were never saved, in the words and
the money of a language. No query is made for them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from django.conf import settings

from creators.models import Creator
from marketplace.accounts.models import User
from orders import queries
from orders.models import (
    Address,
    Order,
    OrderLine,
    Payment,
    Refund,
    RefundLine,
    Return,
    SellerOrder,
    Shipment,
    Voucher,
)
from sellers.models import Product, Question, Shop, StockAlert, Variant

AT = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
PLACED = AT - timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What people wrote, and the prices of three things in minor units."""

    currency: str
    country: str
    prices: tuple[int, int, int]
    shop: str
    legal_name: str
    legal_address: str
    registration: str
    other_shop: str
    products: tuple[str, str, str]
    option: str
    person: str
    street: str
    postcode: str
    city: str
    carrier: str
    note: str
    question: str
    answer: str


SWEDISH = Words(
    currency="SEK",
    country="SE",
    prices=(34_900, 109_500, 5_900),
    shop="Norrlera Keramik",
    legal_name="Norrlera Keramik AB",
    legal_address="Verkstadsgatan 4\n903 26 Umeå",
    registration="559123-4567",
    other_shop="Ask & Alm Väveri i Klintehamn",
    products=(
        "Mugg Norr i stengods",
        "Handvävd filt i återvunnen gotlandsull med fransar och handsydd kant",
        "Vas Tunn",
    ),
    option="Skiffer, 3 dl",
    person="Maja Nyström",
    street="Kungsgatan 31",
    postcode="903 26",
    city="Umeå",
    carrier="PostNord",
    note="Glasyren har en spricka vid örat.",
    question="Tål den diskmaskin? Och hur mycket rymmer den fylld till kanten?",
    answer="Ja, den tål diskmaskin. Fylld till kanten rymmer den 3,4 dl.",
)
ENGLISH = Words(
    **{
        **SWEDISH.__dict__,
        "products": (
            "Stoneware mug Norr",
            "Handwoven throw in recycled Gotland wool with fringes and a hand-sewn edge",
            "Vase Tunn",
        ),
        "option": "Slate, 3 dl",
        "note": "The glaze has a crack at the handle.",
        "question": "Does it stand a dishwasher? And how much does it hold to the rim?",
        "answer": "Yes, it does. Filled to the rim it holds 3.4 dl.",
    }
)
DUTCH = Words(
    currency="EUR",
    country="NL",
    prices=(2_995, 38_900, 595),
    shop="Hout & Zoon",
    legal_name="Hout & Zoon Meubelmakers B.V.",
    legal_address="Keizersgracht 112\n1015 CV Amsterdam",
    registration="KvK 68123456",
    other_shop="Studio Halden",
    products=(
        "Spijlenstoel Utrecht in gerookt eiken",
        "Verzendklare bijzettafel met uitschuifbaar werkblad en messing beslag",
        "Lampenkap",
    ),
    option="Naturel, hoog",
    person="Daan van den Broek-Westerdijk",
    street="Prinsengracht 263-4",
    postcode="1016 GV",
    city="Amsterdam",
    carrier="PostNL",
    note="Er zit een barst in de rugleuning.",
    question="Is de zitting ook in een lagere hoogte te krijgen?",
    answer="Ja, op bestelling: 44 cm in plaats van 47 cm, zonder meerprijs.",
)
JAPANESE = Words(
    currency="JPY",
    country="JP",
    prices=(12_900, 4_500, 800),
    shop="常滑 陶房やまね",
    legal_name="株式会社やまね陶房",
    legal_address="愛知県常滑市栄町3丁目72番地",
    registration="1180001234567",
    other_shop="ハルデン照明製作所 東京表参道店",
    products=(
        "常滑焼の急須 やまね窯 朱泥 三百六十ミリリットル",
        "真鍮のペンダントライト 手打ち仕上げ 直径二十四センチメートル 吊り下げ金具付き",
        "湯呑み 白釉",
    ),
    option="朱泥、360ml",
    person="佐々木 由紀子",
    street="神宮前5丁目10番1号 表参道レジデンス1203",
    postcode="150-0001",
    city="東京都渋谷区",
    carrier="ヤマト運輸",
    note="注ぎ口が欠けていました。",
    question="食器洗い機で洗えますか。満水の容量も教えてください。",
    answer="食器洗い機はお避けください。満水で380mlです。",
)
BY_LANGUAGE = {"en": ENGLISH, "sv": SWEDISH, "nl": DUTCH, "ja": JAPANESE}


class World:
    """One buyer's order of two sellers, and what came of it, in somebody's words."""

    def __init__(self, words: Words, language: str) -> None:
        self.words = words
        self.language = language
        # As many units of money as a day's wage, in each currency.
        self.email = "maja@example.com"

    @cached_property
    def shop(self) -> Shop:
        return Shop(
            pk=1,
            public_id="shop_7Kd2mNvR4xQpTz",
            handle="norrlera",
            name=self.words.shop,
            kind="business",
            country=self.words.country,
            currency=self.words.currency,
            contact_email="hello@norrlera.example",
            legal_name=self.words.legal_name,
            legal_address=self.words.legal_address,
            registration_number=self.words.registration,
        )

    @cached_property
    def other_shop(self) -> Shop:
        return Shop(
            pk=2,
            public_id="shop_9Wd4mNvR2xQpTz",
            handle="asksvaveri",
            name=self.words.other_shop,
            kind="private",
            country=self.words.country,
            currency=self.words.currency,
            contact_email="hello@askalm.example",
        )

    @cached_property
    def order(self) -> Order:
        mug, throw, delivery = self.words.prices
        total = 2 * mug + throw + 2 * delivery - mug // 10
        order = Order(
            pk=1,
            public_id="ord_8Kf3PqRtVwXz3B",
            status="paid",
            email=self.email,
            language=self.language,
            currency=self.words.currency,
            goods_amount=2 * mug + throw,
            discount_amount=mug // 10,
            delivery_amount=2 * delivery,
            added_tax_amount=0,
            included_tax_amount=total // 5,
            total_amount=total,
            placed_at=PLACED,
            paid_at=PLACED,
        )
        Address(
            order=order,
            name=self.words.person,
            line1=self.words.street,
            postal_code=self.words.postcode,
            city=self.words.city,
            country=self.words.country,
        )
        return order

    @cached_property
    def part(self) -> SellerOrder:
        return self._part(1, self.shop)

    @cached_property
    def other_part(self) -> SellerOrder:
        return self._part(2, self.other_shop)

    def _part(self, pk: int, shop: Shop) -> SellerOrder:
        return SellerOrder(
            pk=pk,
            public_id=f"so_4Rt{pk}mNvR4xQpTz",
            order=self.order,
            shop=shop,
            status="delivered",
            delivery_amount=self.words.prices[2],
            delivered_at=AT,
        )

    @cached_property
    def line(self) -> OrderLine:
        return self._line(1, self.part, self.words.products[0], 2, self.words.prices[0])

    @cached_property
    def other_line(self) -> OrderLine:
        title = self.words.products[1]
        return self._line(2, self.other_part, title, 1, self.words.prices[1])

    def _line(
        self, pk: int, part: SellerOrder, title: str, quantity: int, price: int
    ) -> OrderLine:
        return OrderLine(
            pk=pk,
            public_id=f"line_4Rt{pk}mNvR4xQpTz",
            seller_order=part,
            title=title,
            options_label=self.words.option if pk == 1 else "",
            photo=[],
            quantity=quantity,
            unit_amount=price,
            gross_amount=quantity * price,
            paid_amount=quantity * price,
        )

    @cached_property
    def page(self) -> queries.OrderPage:
        parts = tuple(
            queries.Part(
                part=line.seller_order,
                lines=(line,),
                shipments=(),
                expected_from=(AT + timedelta(days=2 * line.pk)).date(),
                expected_until=(AT + timedelta(days=2 + 2 * line.pk)).date(),
            )
            for line in (self.line, self.other_line)
        )
        return queries.OrderPage(order=self.order, parts=parts, payment=None)

    @cached_property
    def shipment(self) -> Shipment:
        return Shipment(
            public_id="ship_4Rt1mNvR4xQpTz",
            seller_order=self.part,
            carrier=self.words.carrier,
            tracking_number="UJ714523098SE",
            shipped_at=AT,
        )

    @cached_property
    def payment(self) -> Payment:
        return Payment(
            pk=1,
            public_id="pay_4Rt1mNvR4xQpTz",
            order=self.order,
            status="failed",
            amount=self.order.total_amount,
            currency=self.words.currency,
            failure_code="insufficient_funds",
        )

    @cached_property
    def voucher(self) -> Voucher:
        chains = ("familymart", "lawson", "ministop", "seicomart")
        return Voucher(
            payment=self.payment,
            stores={
                chain: {"payment_code": "123456", "confirmation_number": "09012345678"}
                for chain in chains
            },
            issued_at=AT,
            expires_at=AT + timedelta(days=3, hours=1),
            deadline_at=AT + timedelta(days=3),
        )

    def refund(self, *, door: str, reason: str, status: str = "submitted") -> Refund:
        """A refund of two units of the first line."""
        return Refund(
            pk=1,
            public_id="ref_4Rt1mNvR4xQpTz",
            order=self.order,
            payment=self.payment,
            status=status,
            amount=2 * self.words.prices[0],
            due_amount=0,
            currency=self.words.currency,
            door=door,
            reason=reason,
            funded_by="parties",
            note=self.words.note,
            requested_at=AT,
        )

    def refund_lines(self, refund: Refund) -> list[RefundLine]:
        """What that refund gives back."""
        return [
            RefundLine(
                refund=refund,
                seller_order=self.part,
                line=self.line,
                quantity=2,
                amount=refund.amount,
                subsidy_amount=0,
                goodwill_amount=0,
            )
        ]

    def parcel(self, kind: str) -> Return:
        """One unit of the first line on its way back."""
        return Return(
            pk=1,
            public_id="ret_4Rt1mNvR4xQpTz",
            seller_order=self.part,
            kind=kind,
            status="open",
            note=self.words.note if kind == "return" else "",
            requested_at=AT,
            answer_by=AT + timedelta(days=settings.RETURN_ANSWER_DAYS),
        )

    @cached_property
    def product(self) -> Product:
        return Product(
            pk=1,
            public_id="prod_4Rt1mNvR4xQpTz",
            shop=self.shop,
            title=self.words.products[0],
            slug="mug",
            status="live",
        )

    @cached_property
    def variant(self) -> Variant:
        return Variant(
            pk=1,
            product=self.product,
            options={"Colour": self.words.option},
            price_amount=self.words.prices[0],
            currency=self.words.currency,
        )

    @cached_property
    def alert(self) -> StockAlert:
        return StockAlert(
            pk=1, variant=self.variant, email=self.email, language=self.language
        )

    @cached_property
    def question(self) -> Question:
        return Question(
            public_id="qst_4Rt1mNvR4xQpTz",
            product=self.product,
            shop=self.shop,
            asker=self.buyer,
            text=self.words.question,
            language=self.language,
            answer=self.words.answer,
        )

    @cached_property
    def buyer(self) -> User:
        return User(pk=1, email=self.email, language=self.language)

    @cached_property
    def creator(self) -> Creator:
        person = User(pk=2, email="elin@example.com", language=self.language)
        return Creator(pk=1, user=person, handle="elin.hemma", name=self.words.person)
