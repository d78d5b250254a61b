"""What Zeepgoed makes."""

from marketplace.demo.catalogue.shapes import Choice, Product, colours, single

PRODUCTS = (
    Product(
        key="gezichtsolie",
        seller="zeepgoed",
        title="Gezichtsolie nr. 3, 30 ml",
        category="beauty",
        description="Jojoba, duindoorn en een druppel lavendel, verder niets. Twee "
        "druppels zijn genoeg. Statiegeld op het flesje zit in de prijs: breng het "
        "terug en je krijgt € 2.",
        pictures=("serum",),
        alts=("Bruin flesje met pipet",),
        choices=single(amount=2850, stock=22),
    ),
    Product(
        key="zeep-duo",
        seller="zeepgoed",
        title="Twee stukken zeep: klei en haver",
        category="beauty",
        description="Koud geroerd, zes weken gerijpt. Eén met witte klei, één met "
        "havermout. Palmolievrij. Laat ze drogen na gebruik, dan doe je er twee "
        "maanden mee.",
        pictures=("soap",),
        alts=("Twee blokken zeep op elkaar",),
        choices=single(amount=1250, stock=38),
    ),
    Product(
        key="bad-set",
        seller="zeepgoed",
        title="Badkamerset: reiniger, handcrème en zeep",
        category="beauty",
        description="Onze drie meest nagevulde, samen iets goedkoper dan los. Reiniger "
        "200 ml, handcrème 75 ml, een stuk haverzeep. Ook goed als cadeau voor wie "
        "alles al heeft behalve een droge wastafel.",
        pictures=("skincare",),
        alts=("Groene fles, tube handcrème en een stuk zeep",),
        choices=single(amount=4150, stock=12),
    ),
    Product(
        key="kaars-duinpan",
        seller="zeepgoed",
        title="Geurkaars Duinpan",
        category="home",
        description="Koolzaadwas met den, helmgras en een beetje rook. Brandt ongeveer "
        "45 uur. Het potje is een beker als de kaars op is.",
        pictures=("candle",),
        alts=("Brandende kaars in een lichte pot",),
        options=("Maat",),
        choices=(
            Choice(("45 uur",), 2450, 15),
            Choice(("20 uur",), 1450, 5),
        ),
    ),
    Product(
        key="rugborstel",
        seller="zeepgoed",
        title="Rugborstel van beukenhout",
        category="beauty",
        description="Beukenhout met sisal, steel van 38 cm. Komt tot waar je zelf niet "
        "komt. Hang hem op aan het koord, haren naar beneden.",
        pictures=("brush",),
        alts=("Houten rugborstel naast een stuk zeep",),
        choices=single(amount=1890, stock=2),
    ),
    Product(
        key="badzout",
        seller="zeepgoed",
        title="Badzout met rozemarijn, met schepje",
        category="beauty",
        description="Grof zeezout, rozemarijn uit de tuin van Noors moeder. Twee "
        "schepjes per bad. Vul de pot bij in de winkel of bestel alleen de zak.",
        pictures=("bathsalt",),
        alts=("Glazen pot roze badzout met houten deksel en schepje",),
        options=("Inhoud",),
        choices=colours(
            amount=1750, kinds=(("Pot 500 g", "", 18), ("Zak 500 g", "", 30))
        ),
    ),
)
