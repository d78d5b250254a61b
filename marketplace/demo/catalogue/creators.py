"""Five creators, what they recommend and where, and the terms they may join."""

from marketplace.demo.catalogue.shapes import (
    Collaboration,
    Collection,
    Creator,
    Pick,
    Post,
    Reduction,
    Tag,
)

ELIN = Creator(
    handle="elins.bord",
    name="Elin Åkerblad",
    email="elin@elinsbord.example",
    country="SE",
    currency="SEK",
    language="sv",
    bio="Dukar, lagar och vårdar. Visar det jag äter av varje dag och det jag "
    "lagat två gånger. Luleå.",
    portrait="creator-elin",
    collections=(
        Collection(
            "Första advent",
            "Det som står framme från första ljuset till tjugondag Knut.",
            (
                Pick("vas-tunn", "En gren räcker. Byt vatten, inte gren."),
                Pick("mugg-norrsken", "Den blå är min, de andra får ta havre."),
                Pick("espressopar", "Till pepparkakan efter maten."),
                Pick("ullpladar", "Ligger på kökssoffan, inte i sovrummet."),
                Pick("kanna-doppad", "Glögg i mossan, saft i teglet."),
            ),
        ),
        Collection(
            "Sånt som står på bordet",
            "Sju år av söndagsfrukostar. Inget av det här har jag ångrat.",
            (
                Pick("skalar-tre", "Den lilla är för flingsalt."),
                Pick("tallrikar-fyra", "Alla olika, därför gör det inget om en går."),
                Pick("handdukar-kok", "Tvätta två gånger först, sen är de bäst."),
                Pick("kyusu-yokode", "För den som dricker ensam i tio minuter."),
            ),
        ),
    ),
    posts=(
        Post(
            "frukost-med-vas-och-tekanna",
            20,
            "scene-table",
            "Frukostbord med en vit vas, en röd tekanna, två muggar och en skål",
            "Söndagsbordet. Vasen är den jag alltid kommer tillbaka till, och tekannan "
            "droppar inte. Skålen längst fram är den minsta av tre.",
            (
                Tag("vas-tunn", 262, 690),
                Tag("kyusu-yokode", 700, 700),
                Tag("mugg-norrsken", 490, 845),
                Tag("skalar-tre", 225, 918),
            ),
        ),
        Post(
            "hyllan-tva-vaningar",
            54,
            "scene-shelf",
            "Två hyllor med kanna, tallrikar, fikus och espressokoppar",
            "Sorterade om hyllan. Tung keramik nederst är en bra regel som jag inte "
            "följer. Kannan rymmer en bukett hundkäx.",
            (
                Tag("kanna-doppad", 255, 290),
                Tag("tallrikar-fyra", 720, 285),
                Tag("kruka-med-fikus", 285, 760),
                Tag("espressopar", 530, 750),
            ),
        ),
        Post(
            "soffan-i-koket",
            78,
            "scene-sofa",
            "Bänk med två randiga kuddar och vikta plädar, en korg framför",
            "Kökssoffan får vara soffa igen. Åsas kuddar, Åsas plädar, Åsas pappas "
            "korg. Jag köpte allt själv utom korgen, den fick jag.",
            (
                Tag("kudde-randig", 410, 560),
                Tag("ullpladar", 725, 610),
                Tag("spankorg", 490, 850),
            ),
        ),
    ),
    reduction=Reduction(1000, "platform"),
    joins=("lerkulla", "asas.vavstuga"),
)
AMARA = Creator(
    handle="amara.lagar",
    name="Amara Lindqvist-Owusu",
    email="amara@amaralagar.example",
    country="SE",
    currency="SEK",
    language="en",
    bio="I mend clothes in a cellar in Majorna, Gothenburg, and wear what is left. "
    "Few pieces, many times. Ask me about zips.",
    portrait="creator-amara",
    collections=(
        Collection(
            "One rail, seven days",
            "What hangs on my rail from Monday to Sunday. All of it can be mended.",
            (
                Pick("linen-shirt", "Size M on me, 174 cm. The buttons are real."),
                Pick("merino-jumper", "Elbows hold. I have checked, twice."),
                Pick("wide-trousers", "Fold them once, hem them when you are sure."),
                Pick("boot-socks", "Odd ones still look meant."),
            ),
        ),
        Collection(
            "For weather",
            "Gothenburg has one season and it is wet.",
            (
                Pick("raincoat", "Wax it in September. It takes an hour and a film."),
                Pick("striped-scarf", "Long enough for two on a tram stop."),
                Pick("ribbed-beanie", "From what was left of the jumpers."),
            ),
        ),
    ),
    posts=(
        Post(
            "one-rail-seven-days",
            33,
            "scene-wardrobe",
            "Rail with a linen shirt and an ochre jumper, a leather bag and sneakers",
            "One rail, seven days. Everything here can be mended and most of it has "
            "been. The shirt is M. The sneakers are between two lots, they come back.",
            (
                Tag("linen-shirt", 350, 455),
                Tag("merino-jumper", 630, 500),
                Tag("trail-sneaker", 325, 872),
            ),
        ),
        Post(
            "the-hall-in-november",
            70,
            "scene-hall",
            "Peg rail with an ochre raincoat and a green scarf, a basket below",
            "The hall in November. The coat dries on its peg, never on a radiator. The "
            "basket takes what five people drop.",
            (
                Tag("raincoat", 300, 440),
                Tag("striped-scarf", 700, 370),
                Tag("spankorg", 715, 880),
            ),
        ),
    ),
    reduction=Reduction(1500, "seller", "sundhalla"),
    joins=("sundhalla", "asas.vavstuga"),
)
DAAN = Creator(
    handle="daan.bouwt",
    name="Daan Verhoeven",
    email="daan@daanbouwt.example",
    country="NL",
    currency="EUR",
    language="nl",
    bio="Ik woon op 38 vierkante meter in Utrecht en bouw het zelf om. Laat zien wat "
    "na een jaar nog recht hangt.",
    portrait="creator-daan",
    collections=(
        Collection(
            "Klein wonen, groot licht",
            "Drie lampen zijn genoeg, als ze op de goede plek hangen.",
            (
                Pick("pendant-klok", "65 cm boven de tafel. Meet het na."),
                Pick("floorlamp-reiger", "Neemt één tegel in beslag."),
                Pick("lamp-paddestoel", "Dimmer in het snoer, dus ook nachtlamp."),
            ),
        ),
        Collection(
            "Zitten",
            "Een stoel die blijft en een kruk die overal past.",
            (
                Pick("spindle-chair", "Vier jaar oud en nog geen kraakje."),
                Pick("stool-driepoot", "Ook nachtkastje, ook ladder voor één trede."),
                Pick("wall-clock", "Tikt niet. Ik kan niet slapen van tikken."),
                Pick("mirror-oval", "Tegenover het raam, dan telt hij dubbel."),
            ),
        ),
    ),
    posts=(
        Post(
            "leeshoek-op-twee-tegels",
            27,
            "scene-room",
            "Eiken stoel naast een tafeltje met een lamp",
            "Een leeshoek op twee tegels. De stoel staat er al vier jaar, de lamp sinds "
            "vorige week. Het tafeltje vond ik op straat.",
            (Tag("spindle-chair", 412, 610), Tag("lamp-paddestoel", 818, 420)),
        ),
        Post(
            "avondstoel",
            58,
            "scene-reading",
            "Donkere stoel met kussen onder een staande lamp",
            "De donkere versie. Gerookt eiken verkleurt niet meer, dat is al gebeurd. "
            "De lamp leunt niet, die hoort zo.",
            (Tag("spindle-chair", 400, 380), Tag("floorlamp-reiger", 800, 290)),
        ),
        Post(
            "kruk-onder-de-klok",
            81,
            "scene-bench",
            "Kruk met een blauwe mok onder een zwarte hanglamp, klok aan de muur",
            "De kruk is deze week mijn bureau. De lamp op de foto is een proefkleur, "
            "bestellen kan in bosgroen en steenrood.",
            (
                Tag("pendant-klok", 440, 175),
                Tag("wall-clock", 800, 400),
                Tag("stool-driepoot", 460, 720),
            ),
        ),
        Post(
            "bureau-met-vreemde-oren",
            68,
            "scene-desk",
            "Bureau met een terracotta lamp, een koptelefoon en een mok",
            "Mijn bureau om elf uur 's avonds. De koptelefoon is tweedehands van Pim, "
            "met nieuwe kussens. De lamp staat op de laagste stand.",
            (Tag("lamp-paddestoel", 290, 450), Tag("koptelefoon", 805, 730)),
        ),
    ),
    reduction=Reduction(1000, "seller", "houtvonk"),
    joins=("houtvonk", "pims.kast"),
)
SOFIA = Creator(
    handle="sofia.en.water",
    name="Sofia el Amrani",
    email="sofia@sofiaenwater.example",
    country="NL",
    currency="EUR",
    language="nl",
    bio="Verpleegkundige, dus altijd schone handen. Schrijft over water, zeep en wat je "
    "kunt weglaten. Rotterdam.",
    portrait="creator-sofia",
    collections=(
        Collection(
            "Wat op mijn wastafel mag",
            "Zes dingen. Komt er een bij, dan gaat er een uit.",
            (
                Pick("zeep-duo", "De haverzeep, twee maanden, elke dag."),
                Pick("gezichtsolie", "Twee druppels. Echt, twee."),
                Pick("bad-set", "Goedkoper dan los, dat heb ik nagerekend."),
                Pick("rugborstel", "Voor wie alleen woont."),
                Pick("mirror-oval", "Hangt bij mij liggend."),
            ),
        ),
        Collection(
            "Naar buiten",
            "Wat bij de deur ligt als ik dienst heb om zeven uur.",
            (
                Pick("leren-tas", "Past een lunch, een boek en een stethoscoop."),
                Pick("paraplu", "Overleeft de Erasmusbrug."),
                Pick("zonnebril", "Voor de terugweg."),
                Pick("koptelefoon", "Gebruikt gekocht, nieuwe kussens, prima."),
            ),
        ),
    ),
    posts=(
        Post(
            "na-de-nachtdienst",
            41,
            "scene-washroom",
            "Wastafel met badzout, een kaars, zeep en een borstel onder een spiegel",
            "Na de nachtdienst: één kaars, twee schepjes zout, telefoon in een andere "
            "kamer. Het rozemarijnzout ruikt naar tuin, niet naar toilet.",
            (
                Tag("mirror-oval", 500, 330),
                Tag("badzout", 225, 760),
                Tag("kaars-duinpan", 490, 830),
                Tag("zeep-duo", 750, 818),
                Tag("rugborstel", 600, 945),
            ),
        ),
        Post(
            "drie-flesjes-minder",
            64,
            "scene-bath",
            "Bruin flesje, tube en zeep op een plank",
            "Drie flesjes weggedaan, drie gehouden. Dit zijn de drie. Ik krijg er een "
            "percentage van als je via mij koopt, en ik koop ze zelf ook.",
            (Tag("gezichtsolie", 275, 700), Tag("bad-set", 525, 690)),
        ),
        Post(
            "bij-de-deur",
            84,
            "scene-out",
            "Leren tas, gele paraplu en zonnebril bij een groene deur",
            "Bij de deur. De tas wordt donkerder waar mijn hand zit. De gele paraplu is "
            "de mijne, Pim heeft nu rood en blauw.",
            (
                Tag("leren-tas", 410, 800),
                Tag("paraplu", 700, 460),
                Tag("zonnebril", 775, 893),
            ),
        ),
    ),
    reduction=Reduction(1000, "platform"),
    joins=("zeepgoed", "houtvonk", "pims.kast"),
)
YUKI = Creator(
    handle="yuki.te",
    name="Yuki Tanabe-Holm (田辺ゆき)",
    email="yuki@yukite.example",
    country="SE",
    currency="SEK",
    language="en",
    bio="Tea in Malmö, 静かな台所から。 Slow kitchens, red clay, cloth that gets better. I "
    "answer every letter, in Swedish, English or 日本語.",
    portrait="creator-yuki",
    collections=(
        Collection(
            "Ten minutes alone",
            "What you need to make one cup properly. 一人の十分間。",
            (
                Pick("kyusu-yokode", "The side handle is for the thumb. 右手で。"),
                Pick("espressopar", "Wrong cups for tea, and I use them anyway."),
                Pick("mugg-norrsken", "When it is not a tea day."),
            ),
        ),
        Collection(
            "A kitchen that hangs on the wall",
            "I have one drawer. The rest hangs.",
            (
                Pick("handdukar-kok", "The checked one dries glasses best."),
                Pick("skalar-tre", "Three bowls that take the room of one."),
                Pick("vas-tunn", "In the window, with whatever grows outside."),
            ),
        ),
    ),
    posts=(
        Post(
            "red-clay-ten-minutes",
            47,
            "scene-tea",
            "Tea tray with a red clay teapot and two tumblers, a white vase behind",
            "Ten minutes alone. The pot pours in eleven seconds, I counted. Märta made "
            "the handle for right hands; write her if you are left-handed.",
            (
                Tag("kyusu-yokode", 330, 800),
                Tag("vas-tunn", 805, 650),
            ),
            is_film=True,
        ),
        Post(
            "the-wall-is-the-cupboard",
            73,
            "scene-kitchen",
            "Kitchen wall with a blue apron, two tea towels, boards and a bowl",
            "The wall is the cupboard. Two towels, one apron (my grandmother's, not for "
            "sale), and the bowl I knead in.",
            (Tag("handdukar-kok", 690, 390), Tag("skalar-tre", 365, 850)),
        ),
    ),
    reduction=Reduction(500, "seller", "lerkulla"),
    joins=("lerkulla", "asas.vavstuga"),
)

CREATORS = (ELIN, AMARA, DAAN, SOFIA, YUKI)

COLLABORATIONS = (
    Collaboration("lerkulla", 1200, "seller"),
    Collaboration("sundhalla", 1000, "seller"),
    Collaboration("asas.vavstuga", 500, "platform"),
    Collaboration("houtvonk", 800, "seller"),
    Collaboration("zeepgoed", 1500, "seller"),
    Collaboration("pims.kast", 600, "platform"),
)
