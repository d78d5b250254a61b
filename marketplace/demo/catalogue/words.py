"""What buyers say of the products and ask about them, and what shops answer.

Reviews are given to the buyers of a product in the order their parcels arrive; more
words than buyers are never said.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A review; `scene` names a drawing of a post that serves as its photo."""

    rating: int
    text: str
    language: str = "en"
    reply: str = ""
    shows_name: bool = False
    scene: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a buyer with an account, and the answer so many hours later; an
    empty one is still to come.
    """

    day: int
    product: str
    asker: str
    text: str
    answer: str = ""
    hours: int = 3
    language: str = "en"


SAID: dict[str, tuple[Said, ...]] = {
    "mugg-norrsken": (
        Said(
            5,
            "Tunn kant, tung botten. Kaffet smakar som förut, men jag sitter längre.",
            "sv",
            shows_name=True,
        ),
        Said(
            4,
            "Lovely glaze, a little smaller than I thought. Measure before you order.",
            reply="Three decilitres to the brim. We have put it first in the description now.",
        ),
        Said(5, "Second one, because the first got stolen at work.", shows_name=True),
        Said(
            2,
            "Kom med en spricka i örat. Ny skickades direkt, därför två stjärnor och inte en.",
            "sv",
            reply="Förlåt. Vi packar i dubbel kartong från och med nu.",
        ),
        Said(5, ""),
    ),
    "skalar-tre": (
        Said(
            5,
            "They nest without a sound, there is felt glued under each.",
            shows_name=True,
        ),
        Said(4, "De minste is kleiner dan op de foto lijkt, verder prachtig.", "nl"),
        Said(5, ""),
    ),
    "tallrikar-fyra": (
        Said(
            3,
            "Nice colour, but one of the four rocks on the table.",
            reply="It should not. Send us a picture and we send you another one.",
        ),
        Said(5, "Tål maskin, tål barn.", "sv"),
    ),
    "kanna-doppad": (
        Said(5, "Pours without a drop beside it. Rare.", shows_name=True),
        Said(4, ""),
    ),
    "espressopar": (
        Said(4, "Klein, zwaar en ze blijven lang warm.", "nl"),
        Said(5, ""),
    ),
    "vas-tunn": (Said(5, "Ett enda kvistigt äppelgrenar räcker.", "sv"), Said(4, "")),
    "kruka-med-fikus": (
        Said(
            1,
            "The pot is fine. The plant had dropped its leaves when it came.",
            reply="November is hard on a fig in a parcel. You have your money back, keep the pot.",
        ),
    ),
    "linen-shirt": (
        Said(
            5,
            "Softer after each wash. I took one size up and would again.",
            shows_name=True,
        ),
        Said(4, "Mooi linnen. De kleur is iets grijzer dan op mijn scherm.", "nl"),
        Said(5, "Har använt den tre dagar i veckan sedan den kom.", "sv"),
        Said(
            3,
            "Good cloth, but the sleeves are long for me.",
            reply="They are cut to be rolled. We shorten them for 150 kr if you send it in.",
        ),
    ),
    "merino-jumper": (
        Said(5, "Does not itch, and I have tried.", shows_name=True),
        Said(4, "Noppar lite under armarna efter en månad.", "sv"),
    ),
    "ribbed-beanie": (Said(5, "Stays where you put it."), Said(4, "")),
    "boot-socks": (Said(5, "Warm, en de hiel blijft zitten.", "nl"), Said(5, "")),
    "striped-scarf": (Said(4, "Längre än jag trodde, vilket är bra.", "sv"),),
    "ullpladar": (
        Said(5, "Heavy in the right way. The cat has claimed it.", shows_name=True),
        Said(5, "Vävd så tätt att den håller drag ute.", "sv"),
        Said(4, "It shed a little in the first week, then stopped."),
    ),
    "kudde-randig": (
        Said(4, "Nice stripes. The filling is sold apart, read it well."),
        Said(5, ""),
    ),
    "trasmatta": (Said(5, "Ligger platt från första dagen.", "sv", shows_name=True),),
    "handdukar-kok": (Said(5, "They dry. You would think all towels do."), Said(4, "")),
    "spindle-chair": (
        Said(
            5,
            "The seat was firm for a week and then it fitted me. No wobble on an old floor.",
            shows_name=True,
        ),
        Said(4, "Darker than on my screen. Lovely joints."),
    ),
    "lamp-paddestoel": (
        Said(5, "Geeft precies genoeg licht om niet te lezen.", "nl", shows_name=True),
        Said(4, "Warm light. The switch is on the cord, a little far down."),
        Said(5, ""),
    ),
    "stool-driepoot": (
        Said(5, "Staat ook op onze scheve vloer recht.", "nl"),
        Said(4, ""),
    ),
    "pendant-klok": (Said(4, "Easy to hang, if the ceiling is kind."),),
    "snijplanken": (
        Said(
            5,
            "The pear was not in the parcel. The boards are perfect.",
            reply="The pear was eaten by the photographer.",
            shows_name=True,
        ),
        Said(5, ""),
    ),
    "wall-clock": (Said(3, "Stil en mooi, maar je moet wel kunnen klokkijken.", "nl"),),
    "gezichtsolie": (
        Said(4, "Smells of very little, which is why I bought it."),
        Said(5, ""),
    ),
    "zeep-duo": (Said(5, "Blijft hard, ook in een natte douche.", "nl"), Said(4, "")),
    "bad-set": (Said(5, ""),),
    "kaars-duinpan": (
        Said(
            2,
            "Nice smell, but it burned down on one side only.",
            reply="Let it burn for two hours the first time, then it stays even. A new one is on its way.",
        ),
        Said(5, ""),
    ),
    "rugborstel": (Said(4, ""),),
    "leren-tas": (
        Said(
            5,
            "The leather has a scratch already, and looks better for it.",
            shows_name=True,
        ),
    ),
    "hardloopschoen": (
        Said(
            4,
            "Valt een halve maat klein uit.",
            "nl",
            reply="Klopt, dat staat nu ook bij de maten.",
        ),
        Said(5, ""),
    ),
    "paraplu": (
        Said(5, "Survived the Afsluitdijk in November.", shows_name=True),
        Said(4, ""),
    ),
    "zonnebril": (Said(3, ""),),
    "kyusu": (
        Said(5, "注ぎ口の切れがよく、毎朝使っています。", "ja"),
        Said(
            4,
            "思ったより小ぶりでした。",
            "ja",
            reply="容量を商品名の横に書き足しました。",
        ),
    ),
    "mug": (Said(5, "手になじみます。", "ja"), Said(4, "", "ja")),
    "fukin": (Said(5, "乾くのが早いです。", "ja"),),
}
# Whose product has no words here: so many stars, of every other buyer.
BARE_RATINGS = (5, 4, 5, 5, 3)

ASKED: tuple[Asked, ...] = (
    Asked(
        6,
        "mugg-norrsken",
        "astrid",
        "Tål den mikrovågsugn?",
        "Ja, och maskin. Glasyren är utan bly.",
        2,
        "sv",
    ),
    Asked(
        15,
        "skalar-tre",
        "anouk",
        "Can I bake in the largest one?",
        "Up to 220 degrees, if it does not come straight from the fridge.",
        5,
    ),
    Asked(
        28,
        "kanna-doppad",
        "bjorn",
        "Hur mycket rymmer den?",
        "En liter till pipen, 1,1 till kanten.",
        1,
        "sv",
    ),
    Asked(
        47,
        "tallrikar-fyra",
        "bram",
        "Do you sell a single plate when one breaks?",
        "Yes, write to us. They are thrown by one person, so size and colour fit.",
        20,
    ),
    Asked(
        71,
        "espressopar",
        "astrid",
        "Finns de i en tredje färg?",
        "Till våren kommer en grön.",
        4,
        "sv",
    ),
    Asked(88, "mugg-norrsken", "anouk", "Does the handle fit a large hand?"),
    Asked(
        9,
        "linen-shirt",
        "bram",
        "I am 192 cm. M or L?",
        "L. The shirt is 78 cm long in back; M ends at your belt.",
        2,
    ),
    Asked(
        22,
        "merino-jumper",
        "astrid",
        "Kliar den?",
        "Nej, 18,5 mikron. Prova den hemma, du har 30 dagar.",
        3,
        "sv",
    ),
    Asked(
        40,
        "linen-shirt",
        "anouk",
        "Is it see-through in white?",
        "A little, as all white linen. Wear skin colour below.",
        7,
    ),
    Asked(
        55,
        "ribbed-beanie",
        "bjorn",
        "Tvätt i maskin?",
        "På ull, 30 grader. Torka liggande.",
        1,
        "sv",
    ),
    Asked(
        76,
        "wide-trousers",
        "anouk",
        "Are there pockets?",
        "Two deep ones. We would not make them without.",
        2,
    ),
    Asked(87, "raincoat", "bjorn", "Håller den tätt på cykel?", "", 0, "sv"),
    Asked(
        12,
        "spindle-chair",
        "anouk",
        "Can the seat be replaced after some years?",
        "Yes. Send it to us or to any weaver; the frame has no staples. A new seat is €95 today.",
        3,
    ),
    Asked(
        33,
        "spindle-chair",
        "bjorn",
        "Passar den vid ett bord på 74 cm?",
        "Yes, the seat is 45 cm high and there are no arms.",
        26,
        "sv",
    ),
    Asked(
        44,
        "lamp-paddestoel",
        "astrid",
        "Which bulb does it take?",
        "E14, up to 6 watts of LED. One is in the box.",
        2,
    ),
    Asked(
        60,
        "floorlamp-reiger",
        "bram",
        "Hoe lang is het snoer?",
        "Twee meter tachtig, met een voetschakelaar.",
        4,
        "nl",
    ),
    Asked(
        79,
        "mirror-oval",
        "anouk",
        "Can it hang the other way round?",
        "It can. There are four holes in the back.",
        9,
    ),
    Asked(88, "snijplanken", "astrid", "Are the feet glued or screwed?"),
)
