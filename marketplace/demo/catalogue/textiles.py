"""What Åsa weaves."""

from marketplace.demo.catalogue.shapes import Product, colours, single

PRODUCTS = (
    Product(
        key="ullpladar",
        seller="asas.vavstuga",
        title="Ullpläd från Östergård",
        category="home",
        description="130 × 180 cm, ull från gårdens egna och grannens får. Den "
        "luktar lite lanolin första veckan, sedan bara pläd. En åt gången, säg till "
        "om du vill ha en annan rand.",
        pictures=("throw",),
        alts=("Tre vikta ullplädar i terrakotta, vitt och sand",),
        options=("Färg",),
        choices=colours(
            amount=124000,
            kinds=(("Terrakotta", "", 2), ("Krita", "", 4), ("Sand", "", 3)),
        ),
    ),
    Product(
        key="trasmatta",
        seller="asas.vavstuga",
        title="Trasmatta, 70 × 240 cm",
        category="home",
        description="Vävd av gamla lakan och skjortor ur tre grannars linneskåp. "
        "Därför finns det bara en av varje. Tvättas i såpa på bryggan eller i "
        "maskin, 40 grader.",
        pictures=("rug",),
        alts=("Randig trasmatta på golvet",),
        choices=single(amount=169500, stock=1),
    ),
    Product(
        key="kudde-randig",
        seller="asas.vavstuga",
        title="Kuddfodral med rand, 40 × 60 cm",
        category="home",
        description="Linne med inslag i bomull, knäppt med tre knappar av renhorn. "
        "Bara fodralet, innerkudden får du lägga i själv.",
        pictures=("cushion", "cushion-moss"),
        alts=("Ljus kudde med röda ränder", "Mossgrön kudde med ljusa ränder"),
        options=("Färg",),
        choices=colours(
            amount=44500,
            kinds=(("Krita och tegel", "cushion", 6), ("Mossa", "cushion-moss", 5)),
        ),
    ),
    Product(
        key="handdukar-kok",
        seller="asas.vavstuga",
        title="Kökshanddukar, två sorter",
        category="kitchen",
        description="En randig och en rutig i halvlinne, 50 × 70 cm. Torkar dåligt "
        "första gången och bra resten av livet: tvätta dem två gånger först.",
        pictures=("towels",),
        alts=("En randig och en rutig kökshandduk på en stång",),
        choices=single(amount=32000, stock=12),
    ),
    Product(
        key="spankorg",
        seller="asas.vavstuga",
        title="Spånkorg till ved, garn eller pläd",
        category="home",
        description="Pappa gör korgarna, jag säljer dem. Furuspån, 38 cm, två "
        "handtag. Bär tolv kilo ved. Pläden på bilden ingår inte.",
        pictures=("basket",),
        alts=("Flätad korg med en terrakottafärgad pläd i",),
        choices=single(amount=78000, stock=4),
    ),
)
