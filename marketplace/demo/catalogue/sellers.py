"""Six sellers: three in Sweden and three in the Netherlands, four businesses and two
private persons. Names and numbers are made up."""

from marketplace.demo.catalogue.shapes import Address, Delivery, Seller

LERKULLA = Seller(
    handle="lerkulla",
    name="Lerkulla Keramik",
    owner="Märta Högström",
    email="marta@lerkulla.example",
    is_business=True,
    legal_name="Lerkulla Keramik AB",
    registration="556000-1042",
    vat_number="SE556000104201",
    address=Address("Kulbacksvägen 14", "972 51", "Luleå", "SE"),
    phone="+46 70 174 06 05",
    currency="SEK",
    language="sv",
    about="Vi är två som drejar och en som glaserar, i en gammal mejeribyggnad "
    "utanför Luleå. Allt bränns till 1 260 grader och tål maskindisk. Blir något "
    "fel i bränningen säljer vi det inte.",
    delivery=Delivery(7900, 2, 4),
    return_days=30,
)
SUNDHALLA = Seller(
    handle="sundhalla",
    name="Sundhälla",
    owner="Johannes Ekdahl",
    email="johannes@sundhalla.example",
    is_business=True,
    legal_name="Sundhälla Kläder AB",
    registration="556000-2073",
    vat_number="SE556000207301",
    address=Address("Järntorgsgatan 8", "413 01", "Göteborg", "SE"),
    phone="+46 70 174 06 12",
    currency="SEK",
    language="en",
    about="Plain clothes in linen and wool, sewn in Borås and Gothenburg. We make "
    "each piece in small lots and mend what we sold for as long as you wear it.",
    delivery=Delivery(5900, 2, 3),
    return_days=30,
)
ASA = Seller(
    handle="asas.vavstuga",
    name="Åsas vävstuga i Östergård",
    owner="Åsa Björklöv Östergård",
    email="asa@vavstuga.example",
    is_business=False,
    legal_name="Åsa Björklöv Östergård",
    registration="",
    vat_number="",
    address=Address("Östergård 3", "905 80", "Umeå", "SE"),
    phone="+46 70 174 06 23",
    currency="SEK",
    language="sv",
    about="Jag väver på kvällarna i mormors bagarstuga. Det blir några mattor i "
    "månaden, inte fler. Garnet kommer från får jag kan peka ut på håll.",
    delivery=Delivery(9900, 3, 6),
    return_days=14,
)
HOUTVONK = Seller(
    handle="houtvonk",
    name="Atelier Houtvonk",
    owner="Ruben Terpstra",
    email="ruben@houtvonk.example",
    is_business=True,
    legal_name="Atelier Houtvonk B.V.",
    registration="90001142",
    vat_number="NL900011420B01",
    address=Address("Cartesiusweg 90-14", "3534 BD", "Utrecht", "NL"),
    phone="+31 6 1234 0601",
    currency="EUR",
    language="en",
    about="A workshop of four by the Merwede canal. We build chairs, lamps and small "
    "things from oak and walnut that was felled in the Netherlands, and we keep the "
    "drawings, so a part can be made again.",
    delivery=Delivery(1450, 3, 6),
    return_days=30,
)
ZEEPGOED = Seller(
    handle="zeepgoed",
    name="Zeepgoed Haarlem",
    owner="Noor Achterberg",
    email="noor@zeepgoed.example",
    is_business=True,
    legal_name="Zeepgoed V.O.F.",
    registration="90002215",
    vat_number="NL900022150B01",
    address=Address("Lange Veerstraat 31", "2011 DA", "Haarlem", "NL"),
    phone="+31 6 1234 0614",
    currency="EUR",
    language="nl",
    about="Zeep, olie en kaarsen, gemaakt achter de winkel. Korte lijsten met "
    "ingrediënten, navulling in de winkel, en geen beloften over je huid die "
    "niemand kan waarmaken.",
    delivery=Delivery(495, 1, 2),
    return_days=30,
)
PIM = Seller(
    handle="pims.kast",
    name="Pims kast",
    owner="Pim van der Linden-Oosterwijk",
    email="pim@pimskast.example",
    is_business=False,
    legal_name="Pim van der Linden-Oosterwijk",
    registration="",
    vat_number="",
    address=Address("Assendorperstraat 112", "8012 CA", "Zwolle", "NL"),
    phone="+31 6 1234 0627",
    currency="EUR",
    language="nl",
    about="Ik maak tassen aan de keukentafel en verkoop wat ik zelf niet meer "
    "draag. Wat gebruikt is, staat er eerlijk bij, met de krassen.",
    delivery=Delivery(650, 2, 4),
    return_days=14,
    is_onboarded=False,
)

SELLERS = (LERKULLA, SUNDHALLA, ASA, HOUTVONK, ZEEPGOED, PIM)
