"""Who buys, and who runs the platform."""

from marketplace.demo.catalogue.shapes import Address, Buyer, Staff

STAFF = Staff("Ingrid Solheim", "staff@salu.example")
# What one asks for, another approves.
SECOND_STAFF = Staff("Samuel Ekdahl", "second@salu.example")


def _swede(
    key: str, name: str, line: str, code: str, city: str, account: bool = False
) -> Buyer:
    number = 100 + len(key) * 7 + len(line)
    return Buyer(
        key,
        name,
        f"{key}@post.example",
        Address(line, code, city, "SE"),
        f"+46 70 174 0{number}",
        account,
    )


def _dutch(
    key: str, name: str, line: str, code: str, city: str, account: bool = False
) -> Buyer:
    number = 100 + len(key) * 7 + len(line)
    return Buyer(
        key,
        name,
        f"{key}@post.example",
        Address(line, code, city, "NL"),
        f"+31 6 1234 0{number}",
        account,
    )


BUYERS = (
    _swede("astrid", "Astrid Nyström", "Bergsgatan 21", "214 22", "Malmö", True),
    _swede("bjorn", "Björn Åhlund", "Hantverkargatan 77", "112 38", "Stockholm", True),
    _swede("cecilia", "Cecilia Öberg", "Skolgatan 4", "903 26", "Umeå"),
    _swede("erik.g", "Erik Gustafsson", "Vasagatan 19", "411 24", "Göteborg"),
    _swede("fatima", "Fatima Hassan", "Rosengård 12", "213 61", "Malmö"),
    _swede("gunilla", "Gunilla Sjö", "Storgatan 3", "972 32", "Luleå"),
    _swede("hugo", "Hugo Ängström", "Dragarbrunnsgatan 40", "753 20", "Uppsala"),
    _swede("ines", "Ines Moreno Wikström", "Linnégatan 56", "413 08", "Göteborg"),
    _swede("jonas", "Jonas Lind", "Kyrkogatan 2", "831 34", "Östersund"),
    _swede("klara", "Klara af Ekenstam", "Övre Husargatan 25", "413 14", "Göteborg"),
    _swede("liv", "Liv Håkansson", "Nygatan 11", "582 19", "Linköping"),
    _swede("mikael", "Mikael Brännström", "Kungsgatan 60", "903 26", "Umeå"),
    _dutch("anouk", "Anouk de Graaf", "Oudegracht 210", "3511 NS", "Utrecht", True),
    _dutch("bram", "Bram Hoekstra", "Nieuwestad 33", "8911 CH", "Leeuwarden", True),
    _dutch("carmen", "Carmen Pinas", "Nieuwe Binnenweg 84", "3015 BD", "Rotterdam"),
    _dutch("dirk", "Dirk-Jan van 't Hof", "Brink 12", "7411 BT", "Deventer"),
    _dutch("esra", "Esra Yıldız", "Kinkerstraat 141", "1053 DR", "Amsterdam"),
    _dutch("floor", "Floor Wassenaar", "Grote Houtstraat 5", "2011 SB", "Haarlem"),
    _dutch("gijs", "Gijs Meulenbelt", "Vrijthof 18", "6211 LD", "Maastricht"),
    _dutch("hanna", "Hanna Postma", "Herestraat 61", "9711 LC", "Groningen"),
    _dutch("ilse", "Ilse Bosch", "Lange Delft 7", "4331 AK", "Middelburg"),
    _dutch("jip", "Jip Kuiper", "Haarlemmerdijk 92", "1013 JG", "Amsterdam"),
    _dutch("koen", "Koen Janssen-van Rijswijk", "Markt 40", "5611 EK", "Eindhoven"),
    _dutch("lotte", "Lotte Visser", "Witte de Withstraat 27", "3012 BL", "Rotterdam"),
)
