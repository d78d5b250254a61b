"""What Pim makes, and what leaves Pim's own wardrobe."""

from marketplace.demo.catalogue.shapes import Product, colours, single, sizes

PRODUCTS = (
    Product(
        key="leren-tas",
        seller="pims.kast",
        title="Leren tas, plantaardig gelooid",
        category="accessories",
        description="Met de hand gestikt, past een laptop van 14 inch. Het leer komt "
        "van één looierij in Oisterwijk en wordt donkerder waar je hem vasthoudt. "
        "Ik maak er vier per maand.",
        pictures=("bag",),
        alts=("Bruine leren tas met twee hengsels",),
        choices=single(amount=18500, stock=3),
    ),
    Product(
        key="koptelefoon",
        seller="pims.kast",
        title="Koptelefoon, draadloos (gebruikt, nieuwe kussens)",
        category="tech",
        description="Twee jaar oud, accu haalt nog 22 uur. Kras op de linkerkant, zie "
        "foto. Nieuwe oorkussens erop. Met kabel en hoes.",
        pictures=("headphones",),
        alts=("Donkere draadloze koptelefoon met lichte kussens",),
        choices=single(amount=7900, stock=1),
    ),
    Product(
        key="hardloopschoen",
        seller="pims.kast",
        title="Hardloopschoenen, één keer te klein gekocht",
        category="clothing",
        description="Drie paar, nooit buiten geweest, zonder doos. Vallen een halve "
        "maat klein, ik weet er alles van.",
        pictures=("sneaker-clay",),
        alts=("Lichte sneaker met kleirode hiel",),
        options=("Maat",),
        choices=sizes(amount=6500, stock={"41": 1, "42": 1, "43": 1}),
    ),
    Product(
        key="paraplu",
        seller="pims.kast",
        title="Paraplu met houten haak",
        category="accessories",
        description="Acht baleinen van glasvezel, die buigen in plaats van breken. Ik "
        "naai het doek, het frame komt uit Italië. Gaat een balein stuk, dan stuur ik "
        "er een.",
        pictures=("umbrella", "umbrella-navy"),
        alts=("Open steenrode paraplu", "Open donkerblauwe paraplu"),
        options=("Kleur",),
        choices=colours(
            amount=4900,
            kinds=(("Steenrood", "umbrella", 7), ("Nachtblauw", "umbrella-navy", 9)),
        ),
    ),
    Product(
        key="zonnebril",
        seller="pims.kast",
        title="Zonnebril met leren koker",
        category="accessories",
        description="Montuur van acetaat, glazen UV400 categorie 3. De koker maak ik "
        "van wat er overblijft van een tas.",
        pictures=("sunglasses",),
        alts=("Ronde zonnebril met een leren koker",),
        choices=single(amount=5900, stock=6),
    ),
)
