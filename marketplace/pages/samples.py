"""Made-up content for the style guide: long names, Japanese, nothing, and a lot."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from django import forms
from django.core.paginator import Page, Paginator
from django.templatetags.static import static

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class SampleForm(forms.Form):
    """One field of each kind."""

    email = forms.EmailField(
        label="E-mail", help_text="For your receipt and order link. Nothing else."
    )
    postcode = forms.CharField(label="Postcode", max_length=6)
    country = forms.ChoiceField(label="Country", choices=[("SE", "Sverige")])
    price = forms.CharField(label="Price with VAT")
    caption = forms.CharField(label="Caption", widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(
        label="Who sells",
        choices=[("private", "A private person"), ("business", "A business")],
        widget=forms.RadioSelect,
    )
    code = forms.CharField(
        label="Code from the mail", max_length=6, help_text="Six signs. Paste it here."
    )
    newsletter = forms.BooleanField(label="Write me about new posts", required=False)
    photos = forms.FileField(
        label="Photos", help_text="1 to 10, the first is the cover."
    )


class PlaceForm(forms.Form):
    """Language, country and currency, each by itself."""

    language = forms.ChoiceField(label="Language", choices=[("nl", "Nederlands")])
    country = forms.ChoiceField(label="Country", choices=[("SE", "Sverige")])
    currency = forms.ChoiceField(
        label="Currency",
        choices=[("EUR", "EUR")],
        help_text="The search filters and sorts prices in it first.",
    )


@dataclass(frozen=True)
class Card:
    """What a product card shows."""

    name: str
    by: str
    src: str
    amount: int
    currency: str
    was: int | None = None
    ad: bool = False
    sold_out: bool = False
    few_left: bool = False
    lang: str = ""


def everything() -> dict[str, object]:
    """Give the style guide's context."""
    wrong = SampleForm(
        {"email": "elin@", "postcode": "3512 PN NL", "country": "SE", "price": ""}
    )
    wrong.is_valid()
    return {
        "cards": _cards(),
        "form": SampleForm(initial={"email": "maja@example.se", "kind": "business"}),
        "wrong_form": wrong,
        "colours": _colours(),
        "sizes": ["12", "13", "15", "17", "20", "24", "32", "40"],
        "spaces": ["1", "2", "3", "4", "5", "6", "7", "8"],
        "pictures": {
            name: static(f"samples/{name}.svg")
            for name in ("mug", "chair", "shirt", "vase", "lamp", "throw", "teapot")
        },
        "scene": static("samples/scene-wardrobe.svg"),
        "face": static("samples/creator-elin.svg"),
        "hotspots": [
            {"x": 35, "y": 46, "number": 1, "name": "Linneskjorta Saltviken"},
            {"x": 63, "y": 50, "number": 2, "name": "Tröja Ask i merinoull"},
            {"x": 70, "y": 81, "number": 3, "name": "Väska Garveriet"},
            {"x": 33, "y": 87, "number": 4, "name": "Sneaker Stig", "gone": True},
        ],
        "colour_options": [
            {
                "value": "oat",
                "label": "Havre",
                "image": static("samples/shirt.svg"),
                "checked": True,
            },
            {
                "value": "blue",
                "label": "Blå",
                "image": static("samples/shirt-blue.svg"),
            },
        ],
        "size_options": [
            {"value": "s", "label": "S"},
            {"value": "m", "label": "M", "checked": True},
            {"value": "l", "label": "L", "note": "+30 kr"},
            {"value": "xl", "label": "XL", "disabled": True},
        ],
        "collections": _collections(),
        "waterfall": _waterfall(),
        "trend": [3, 4, 3, 6, 5, 8, 7, 9],
        "amounts": _amounts(),
        "page_of_many": _page(),
        "price_history": _price_history(),
        "rating": SimpleNamespace(
            average=4.2, number=24, rows=[(5, 12), (4, 8), (3, 2), (2, 0), (1, 2)]
        ),
        "reviews": _reviews(),
        "questions": _questions(),
        "asked_shop": SimpleNamespace(name="Norrlera Keramik"),
        "legal_rows": _legal_rows(),
        "told": _told(),
        "place_form": PlaceForm(),
    }


def _page() -> Page[int]:
    return Paginator(range(137), 24).get_page(2)


def _price_history() -> dict[str, object]:
    rows = [
        (
            NOON - timedelta(days=days),
            SimpleNamespace(price_amount=amount, currency="EUR"),
        )
        for days, amount in ((30, 8900), (12, 9400), (2, 5900))
    ]
    return {"path": "M0,16 H192 V10 H299 V62 H320", "rows": rows}


def _reviews() -> list[SimpleNamespace]:
    shop = SimpleNamespace(name="Norrlera Keramik")
    said = [
        (5, "Ligger perfekt i handen, och glasyren är djupare än på bilden.", "sv"),
        (3, "", "en"),
        (2, "とても気に入りましたが、思ったより小さいです。毎朝使っています。", "ja"),
    ]
    return [
        SimpleNamespace(
            rating=rating,
            text=text,
            language=language,
            written_at=NOON - timedelta(days=rating),
            edited_at=NOON if rating == 5 else None,
            photo=[],
            author="Maja" if rating == 5 else "",
            is_refunded=rating == 3,
            public_id="rev_0",
            line=SimpleNamespace(title="Mugg", options_label="Havre"),
            shop=shop,
            reply="Thank you for telling us." if rating == 2 else "",
            replied_at=NOON,
        )
        for rating, text, language in said
    ]


def _questions() -> list[SimpleNamespace]:
    asked = [
        ("Is it safe in a dishwasher?", "en", "Yes, on the upper rack."),
        ("Finns den i en större storlek?", "sv", "Nej, bara i 3 dl."),
    ]
    return [
        SimpleNamespace(
            text=text,
            language=language,
            answer=answer,
            answered_at=NOON,
            public_id="qst_0",
        )
        for text, language, answer in asked
    ]


def _legal_rows() -> list[SimpleNamespace]:
    rows = [
        ("Name", "Meubelmakerij Hout & Zoon Bergen op Zoom B.V."),
        ("Address", "Havenweg 12\n4611 EA Bergen op Zoom\nNederland"),
        ("E-mail", "hello@houtenzoon.example"),
        ("Register", "KvK 00000000"),
    ]
    return [SimpleNamespace(label=label, words=words) for label, words in rows]


def _cards() -> list[Card]:
    mug, lamp, throw = (
        static(f"samples/{name}.svg") for name in ("mug", "lamp", "throw")
    )
    return [
        Card("Mugg Norr i stengods", "Norrlera Keramik", mug, 34900, "SEK", ad=True),
        Card(
            "Bordslampa Skymning",
            "Studio Halden",
            lamp,
            175200,
            "SEK",
            was=189000,
            ad=True,
        ),
        Card(
            "Handvävd filt i återvunnen gotlandsull med fransar och handsydd kant",
            "Ask & Alm Väveri i Klintehamn",
            throw,
            109500,
            "SEK",
            ad=True,
            few_left=True,
        ),
        Card(
            "常滑焼の急須 やまね窯 朱泥 三百六十ミリリットル",
            "常滑 陶房やまね",
            static("samples/teapot.svg"),
            12900,
            "JPY",
            lang="ja",
        ),
        Card(
            "Vas Tunn",
            "Norrlera Keramik",
            static("samples/vase.svg"),
            89000,
            "SEK",
            sold_out=True,
        ),
        Card(
            "Spindle chair Utrecht",
            "Hout & Zoon",
            static("samples/chair.svg"),
            1234567890,
            "EUR",
        ),
    ]


def _collections() -> list[tuple[str, int, list[str]]]:
    def pictures(*names: str) -> list[str]:
        return [static(f"samples/{name}.svg") for name in names]

    return [
        ("Första advent", 11, pictures("vase", "teapot", "mug")),
        ("Läshörnan", 2, pictures("chair", "lamp")),
        ("Badrumshyllan", 1, pictures("throw")),
        ("Tom", 0, []),
    ]


def _amounts() -> list[tuple[int, str]]:
    return [
        (129000, "SEK"),
        (12384, "SEK"),
        (-7680, "SEK"),
        (0, "SEK"),
        (5990, "EUR"),
        (123456789012, "EUR"),
        (12900, "JPY"),
        (1234560, "KWD"),
    ]


def _waterfall() -> list[dict[str, object]]:
    return [
        {
            "label": "Buyer paid",
            "note": "18 Nov, card",
            "amount": 129000,
            "start": 0,
            "width": 100,
        },
        {"label": "VAT 25 %", "amount": -25800, "start": 80, "width": 20, "tone": 4},
        {
            "label": "Your base",
            "amount": 103200,
            "start": 0,
            "width": 80,
            "sum": True,
        },
        {
            "label": "Seller and marketplace",
            "amount": -90816,
            "start": 9.6,
            "width": 70.4,
        },
        {
            "label": "You, 12 %",
            "amount": 12384,
            "start": 0,
            "width": 9.6,
            "tone": 1,
            "sum": True,
        },
    ]


def _colours() -> list[str]:
    return [
        "ink",
        "ink-2",
        "ink-3",
        "paper",
        "card",
        "line",
        "control",
        "sunk",
        "accent",
        "live",
        "ok",
        "warn",
        "info",
        "chart-1",
        "chart-2",
        "chart-3",
        "chart-4",
        "chart-5",
        "chart-6",
    ]


def _told() -> dict[str, object]:
    """What the form to be told of goods shows: one that is sold out, and several."""
    sizes = ["XS", "Extra lång ärm, 110 cm"]
    rows = [SimpleNamespace(public_id=f"sample-{one}", label=one) for one in sizes]
    return {
        "product": SimpleNamespace(public_id="prod_sample"),
        "one": rows[:1],
        "several": rows,
        "errors": {"email": ["Enter a valid email address."]},
    }
