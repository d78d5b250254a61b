"""What Sundhälla sells."""

from marketplace.demo.catalogue.shapes import (
    Product,
    colours,
    garments,
    sizes,
)

PRODUCTS = (
    Product(
        key="linen-shirt",
        seller="sundhalla",
        title="Linen shirt Saltö",
        category="clothing",
        description="Washed linen, 170 g, with corozo buttons and a spare one sewn "
        "inside. Cut straight, sleeves to the elbow. It creases, that is what linen "
        "does. True to size; our model is 174 cm and wears M.",
        pictures=("shirt", "shirt-blue", "shirt-moss", "shirt-detail", "shirt-fold"),
        alts=(
            "Oat linen shirt on a hanger",
            "Light blue linen shirt on a hanger",
            "Moss green linen shirt on a hanger",
            "Collar, buttons and pocket of the shirt",
            "Three shirts folded in a pile",
        ),
        options=("Colour", "Size"),
        choices=garments(
            amount=129000,
            kinds={
                ("Oat", "shirt"): {"S": 6, "M": 9, "L": 4, "XL": 0},
                ("Sky", "shirt-blue"): {"S": 3, "M": 5, "L": 2, "XL": 3},
                ("Moss", "shirt-moss"): {"S": 0, "M": 4, "L": 4, "XL": 1},
            },
        ),
    ),
    Product(
        key="merino-jumper",
        seller="sundhalla",
        title="Merino jumper Ask",
        category="clothing",
        description="Knitted in one piece, so there is no side seam to itch. Non-mulesed "
        "merino from one mill in Biella. Wash cold, dry flat. Pilling in the first "
        "weeks is normal and stops.",
        pictures=("knit-ochre", "knit"),
        alts=("Ochre jumper on a hanger", "Slate grey jumper on a hanger"),
        options=("Colour", "Size"),
        choices=garments(
            amount=149500,
            kinds={
                ("Ochre", "knit-ochre"): {"S": 4, "M": 7, "L": 5},
                ("Slate", "knit"): {"S": 6, "M": 3, "L": 8},
            },
        ),
    ),
    Product(
        key="ribbed-beanie",
        seller="sundhalla",
        title="Ribbed beanie",
        category="clothing",
        description="Lambswool, doubled over the ears. One size, fits heads of 54 to "
        "60 cm. Knitted from the yarn left over when we make jumpers, so the next "
        "lot will be another colour.",
        pictures=("beanie",),
        alts=("Brick red ribbed beanie",),
        choices=colours(amount=39500, kinds=(("Brick", "", 17),)),
        options=("Colour",),
    ),
    Product(
        key="boot-socks",
        seller="sundhalla",
        title="Boot socks with another heel, for people who lose one of each pair",
        category="clothing",
        description="Wool with a little nylon at heel and toe. Heel and toe have their "
        "own colour, so two odd ones still look meant. One pair.",
        pictures=("socks", "socks-moss"),
        alts=("Grey socks with brick heels", "Moss socks with oat heels"),
        options=("Colour", "Size"),
        choices=garments(
            amount=18900,
            kinds={
                ("Slate and brick", "socks"): {"36-39": 16, "40-43": 21, "44-47": 8},
                ("Moss and oat", "socks-moss"): {"36-39": 12, "40-43": 15, "44-47": 4},
            },
        ),
    ),
    Product(
        key="striped-scarf",
        seller="sundhalla",
        title="Striped scarf, 190 cm",
        category="accessories",
        description="Lambswool, woven and brushed, 190 by 32 cm with a fringe. Long "
        "enough to go round twice. Softer after the first winter.",
        pictures=("scarf", "scarf-brick"),
        alts=("Forest green striped scarf on a rail", "Brick striped scarf on a rail"),
        options=("Colour",),
        choices=colours(
            amount=69000, kinds=(("Forest", "scarf", 9), ("Brick", "scarf-brick", 4))
        ),
    ),
    Product(
        key="wide-trousers",
        seller="sundhalla",
        title="Wide linen trousers Marstrand",
        category="clothing",
        description="High waist, wide leg, four real pockets. Linen with some cotton, "
        "so they keep their shape sitting down. Long on purpose: hem them or fold them, "
        "we hem for free.",
        pictures=("trousers", "trousers-sand"),
        alts=("Moss green trousers on a hanger", "Sand trousers on a hanger"),
        options=("Colour", "Size"),
        choices=garments(
            amount=139000,
            kinds={
                ("Moss", "trousers"): {"36": 3, "38": 5, "40": 5, "42": 2, "44": 2},
                ("Sand", "trousers-sand"): {
                    "36": 2,
                    "38": 4,
                    "40": 0,
                    "42": 3,
                    "44": 1,
                },
            },
        ),
    ),
    Product(
        key="raincoat",
        seller="sundhalla",
        title="Raincoat Måseskär",
        category="clothing",
        description="Waxed organic cotton, taped seams, a hood that turns with your "
        "head. Keeps out an hour of hard rain, not a day at sea. Rewax it each "
        "autumn; a tin is in the pocket.",
        pictures=("raincoat", "raincoat-forest"),
        alts=("Ochre raincoat with a hood", "Forest green raincoat with a hood"),
        options=("Colour", "Size"),
        choices=garments(
            amount=219000,
            kinds={
                ("Ochre", "raincoat"): {"S": 2, "M": 4, "L": 3},
                ("Forest", "raincoat-forest"): {"S": 3, "M": 2, "L": 4},
            },
        ),
    ),
    Product(
        key="trail-sneaker",
        seller="sundhalla",
        title="Sneaker Stig",
        category="clothing",
        description="Undyed canvas on a natural rubber sole that is stitched, not "
        "glued, so a cobbler can change it. Runs half a size large. Sold out until "
        "the next lot is sewn.",
        pictures=("sneaker",),
        alts=("White sneaker with a moss green stripe",),
        options=("Size",),
        choices=sizes(
            amount=169000,
            stock={"38": 0, "39": 0, "40": 0, "41": 0, "42": 0, "43": 0},
        ),
    ),
)
