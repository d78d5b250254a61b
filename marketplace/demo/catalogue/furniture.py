"""What Atelier Houtvonk builds."""

from marketplace.demo.catalogue.shapes import Choice, Product, colours, single

PRODUCTS = (
    Product(
        key="spindle-chair",
        seller="houtvonk",
        title="Spindle chair Utrecht, solid oak with a hand-woven paper cord seat",
        category="home",
        description="Four spindles, a bent back rail and 120 metres of paper cord. "
        "Seat height 45 cm. Comes assembled. After some years the cord wants a new "
        "weave; we do that for the price of the cord.",
        pictures=("chair", "chair-smoked", "chair-detail"),
        alts=(
            "Light oak chair with a paper cord seat",
            "Smoked oak chair with a black seat",
            "Back rail and spindles of the chair",
        ),
        options=("Wood",),
        choices=(
            Choice(("Light oak",), 38900, 5, "chair"),
            Choice(("Smoked oak",), 41900, 2, "chair-smoked"),
        ),
    ),
    Product(
        key="lamp-paddestoel",
        seller="houtvonk",
        title="Table lamp Paddestoel",
        category="lighting",
        description="A turned foot and a spun shade, both powder coated in terracotta. "
        "Dimmer in the cord, E27 bulb included (2700 K, 4 W). 42 cm high.",
        pictures=("lamp",),
        alts=("Terracotta table lamp with a dome shade, switched on",),
        choices=single(amount=14900, stock=8),
    ),
    Product(
        key="stool-driepoot",
        seller="houtvonk",
        title="Stool Driepoot",
        category="home",
        description="Three legs never wobble. The seat is dished by hand, 44 cm high. "
        "Carries 140 kg; we stood on it, two at a time.",
        pictures=("stool", "stool-black"),
        alts=("Oak stool with three legs", "Black stained stool with three legs"),
        options=("Wood",),
        choices=colours(
            amount=17500,
            kinds=(("Oiled oak", "stool", 7), ("Black stain", "stool-black", 6)),
        ),
    ),
    Product(
        key="pendant-klok",
        seller="houtvonk",
        title="Pendant lamp Klok, 40 cm",
        category="lighting",
        description="Spun steel, matt outside, warm white inside so that the light "
        "falls on the table and not in your eyes. Three metres of cord, ceiling cup in "
        "oak. Bulb not included (E27).",
        pictures=("pendant", "pendant-brick"),
        alts=("Forest green pendant lamp", "Brick red pendant lamp"),
        options=("Colour",),
        choices=colours(
            amount=19500,
            kinds=(("Forest", "pendant", 6), ("Brick", "pendant-brick", 3)),
        ),
    ),
    Product(
        key="snijplanken",
        seller="houtvonk",
        title="Cutting boards, a pair",
        category="kitchen",
        description="One of oak and one of walnut, from offcuts of our chairs. Oiled "
        "with linseed. Do not leave them in the sink; if you did, sand and oil, they "
        "forgive. The pear is ours.",
        pictures=("board",),
        alts=("Two cutting boards leaning on the wall, a pear beside them",),
        choices=single(amount=6900, stock=13),
    ),
    Product(
        key="floorlamp-reiger",
        seller="houtvonk",
        title="Floor lamp Reiger",
        category="lighting",
        description="Stands on one leg like a heron. The linen shade turns, the arm "
        "does not. 158 cm high, foot 28 cm and heavy on purpose.",
        pictures=("floorlamp",),
        alts=("Black floor lamp with a bent neck and a linen shade",),
        choices=single(amount=24900, stock=3),
    ),
    Product(
        key="wall-clock",
        seller="houtvonk",
        title="Wall clock without numbers",
        category="home",
        description="Oak rim, 36 cm, a silent movement from the Black Forest. One AA "
        "cell lasts about two years. You know where the twelve is.",
        pictures=("clock",),
        alts=("Round wall clock with an oak rim and no numbers",),
        choices=single(amount=11900, stock=9),
    ),
    Product(
        key="mirror-oval",
        seller="houtvonk",
        title="Oval mirror in walnut, 50 × 70 cm",
        category="home",
        description="The rim is steam bent from one strip, you can find the joint if "
        "you look for it. Hangs upright or across. Sent in a crate we take back.",
        pictures=("mirror",),
        alts=("Oval mirror with a walnut rim",),
        choices=single(amount=22900, stock=4),
    ),
)
