"""What Lerkulla Keramik sells."""

from marketplace.demo.catalogue.shapes import Choice, Product, colours, single

PRODUCTS = (
    Product(
        key="mugg-norrsken",
        seller="lerkulla",
        title="Mugg Norrsken i stengods",
        category="kitchen",
        description="Rymmer 3 dl och ligger stadigt i handen. Foten är oglaserad, så "
        "att leran syns. Glasyren blir aldrig två gånger likadan, prickarna är järn "
        "i leran. Tål diskmaskin och mikro.",
        pictures=("mug", "mug-blue"),
        alts=("Mugg i havreglasyr med brun fot", "Mugg i blå glasyr"),
        options=("Glasyr",),
        choices=colours(
            amount=34900, kinds=(("Havre", "mug", 24), ("Sjöblå", "mug-blue", 11))
        ),
    ),
    Product(
        key="kyusu-yokode",
        seller="lerkulla",
        title="横手の急須 赤土 (kyusu Yokode, sidohandtag)",
        category="kitchen",
        description="常滑で習った形を、ルレオの赤土で。Märta lärde sig formen i Tokoname "
        "och gör den nu i röd lera härifrån. Inbyggd sil, 3,2 dl. Handtaget är ihåligt "
        "och blir inte varmt. Diskas för hand, utan medel.",
        pictures=("teapot",),
        alts=("Tekanna i röd lera med handtaget åt sidan",),
        choices=single(amount=115000, stock=3),
    ),
    Product(
        key="skalar-tre",
        seller="lerkulla",
        title="Skålar, tre i varandra",
        category="kitchen",
        description="Tre skålar som bor i varandra: 8, 14 och 20 cm. Den minsta är för "
        "salt, den största rymmer en sallad för två. Säljs bara ihop.",
        pictures=("bowls",),
        alts=("Tre skålar i grönt, vitt och brunt, staplade i varandra",),
        choices=single(amount=69500, stock=9),
    ),
    Product(
        key="vas-tunn",
        seller="lerkulla",
        title="Vas Tunn, 32 cm",
        category="home",
        description="Smal hals, rund mage: en gren räcker. Väger 1,4 kg och välter "
        "inte för katten. Tät, vi provar varje vas över natten.",
        pictures=("vase-white", "vase"),
        alts=("Vit vas med en gren röda bär", "Mörkgrön vas med en bladkvist"),
        options=("Färg",),
        choices=colours(
            amount=89000,
            kinds=(("Krita", "vase-white", 6), ("Granskog", "vase", 2)),
        ),
    ),
    Product(
        key="tallrikar-fyra",
        seller="lerkulla",
        title="Tallrikar, fyra olika",
        category="kitchen",
        description="En blå, en mossgrön, en brun, en vit, 24 cm. Vi blandar med "
        "flit: går en sönder passar nästa ändå. Kanten är låg, så att de går att "
        "stapla högt.",
        pictures=("plates",),
        alts=("Blå tallrik på högkant bakom en trave tallrikar",),
        choices=single(amount=98000, stock=7),
    ),
    Product(
        key="kanna-doppad",
        seller="lerkulla",
        title="Kanna, doppad",
        category="kitchen",
        description="1,6 liter saft eller en bukett hundkäx. Vi doppar den en gång, "
        "på fri hand, så randen lutar lite. Pipen droppar inte.",
        pictures=("pitcher", "pitcher-clay"),
        alts=("Vit kanna doppad i mossgrönt", "Vit kanna doppad i tegelrött"),
        options=("Dopp",),
        choices=colours(
            amount=74500,
            kinds=(("Mossa", "pitcher", 8), ("Tegel", "pitcher-clay", 5)),
        ),
    ),
    Product(
        key="espressopar",
        seller="lerkulla",
        title="Espressokoppar med fat, ett par",
        category="kitchen",
        description="Två koppar utan öra och två fat. Tjockt gods som håller värmen. "
        "Rymmer en dubbel espresso, 8 cl, med plats för skummet.",
        pictures=("espresso",),
        alts=("En röd och en vit espressokopp på varsitt fat",),
        choices=single(amount=52000, stock=14),
    ),
    Product(
        key="kruka-med-fikus",
        seller="lerkulla",
        title="Kruka med fikus",
        category="home",
        description="Krukan är vår, 18 cm, med hål i botten och fat. Fikusen kommer "
        "från Gammelstads handelsträdgård och skickas bara när det är plusgrader.",
        pictures=("planter", "planter-blue"),
        alts=("Fikus i terrakottakruka", "Fikus i blå kruka"),
        options=("Kruka",),
        choices=(
            Choice(("Terrakotta",), 42000, 6, "planter"),
            Choice(("Sjöblå",), 46000, 4, "planter-blue"),
        ),
    ),
)
