"""Who recommends and who buys in Japan."""

from marketplace.demo.catalogue.shapes import (
    Address,
    Buyer,
    Collaboration,
    Collection,
    Creator,
    Pick,
    Post,
    Reduction,
    Tag,
)

YUKINO = Creator(
    handle="yukino.no.shokutaku",
    name="早瀬 ゆきの",
    email="yukino@yukino-shokutaku.example",
    country="JP",
    currency="JPY",
    language="ja",
    bio="二人分の食卓と、十分だけのお茶の時間。三年使って残ったものだけを紹介します。京都。",
    portrait="creator-yuki",
    collections=(
        Collection(
            "毎朝つかうもの",
            "朝の十五分で手が伸びる順に並べました。",
            (
                Pick("mug", "紺は私の。生成りは来客用のはずでした。"),
                Pick("kyusu", "湯切れがよくて、袖をぬらしません。"),
                Pick("fukin", "二度洗ってからが本番です。"),
                Pick("torizara", "ふぞろいの四色だから、割れても続きます。"),
            ),
        ),
        Collection(
            "冬じたく",
            "十一月の押し入れから出す布もの。",
            (
                Pick("hizakake", "こたつを出すまでのつなぎ、のはずが春まで。"),
                Pick("mafura", "苔色は何を着ても合います。"),
                Pick("kusshon", "床に座る時間が長い家に。"),
            ),
        ),
    ),
    posts=(
        Post(
            "jippun-no-ocha",
            12,
            "scene-tea",
            "お盆にのせた朱色の急須と湯呑み、奥に白い花器",
            "十分だけのお茶の時間。この急須は十一秒で注ぎきれます、数えました。"
            "奥の花器には庭の南天を一枝。",
            (Tag("kyusu", 330, 800), Tag("ichirin", 805, 650)),
        ),
        Post(
            "nichiyou-no-asa",
            45,
            "scene-table",
            "白い花器と急須、二つのマグ、小鉢のある食卓",
            "日曜の朝。いちばん小さい鉢には塩、紺のマグは私の。枝は散歩の途中でいただきました。",
            (
                Tag("ichirin", 262, 690),
                Tag("kyusu", 700, 700),
                Tag("mug", 490, 845),
                Tag("hachi", 225, 918),
            ),
        ),
        Post(
            "kabe-ni-kakeru",
            76,
            "scene-kitchen",
            "青い前掛け、二枚の布巾、まな板と鉢のある台所の壁",
            "しまうより掛けるほうが続きます。布巾は麻、まな板は山桜。前掛けは祖母のもので、"
            "売っていません。",
            (
                Tag("fukin", 690, 390),
                Tag("hachi", 365, 850),
                Tag("manaita", 720, 860),
            ),
        ),
    ),
    reduction=Reduction(1000, "platform"),
    joins=("tokoname.yamane", "nunonowa", "kimura.no.tana"),
)
WATARU = Creator(
    handle="wataru.no.heya",
    name="原田 航",
    email="wataru@wataru-heya.example",
    country="JP",
    currency="JPY",
    language="ja",
    bio="六畳の部屋を十年かけて片づけています。灯りと木の道具が好き。松本。",
    portrait="creator-daan",
    collections=(
        Collection(
            "六畳に置けるもの",
            "幅と高さを測ってから読んでください。",
            (
                Pick("sankyaku", "机の下に入る高さ。たまに植木鉢も。"),
                Pick("kinoko", "いちばん暗くして本を読みます。"),
                Pick("kusshon", "青。洗っても色が残ります。"),
            ),
        ),
    ),
    posts=(
        Post(
            "yoru-no-tsukue",
            60,
            "scene-desk",
            "素焼き色の灯りとマグのある机",
            "夜の机。灯りはいちばん暗くして、マグは白湯。ヘッドホンは古いもので、売り物ではありません。",
            (Tag("kinoko", 290, 450), Tag("mug", 385, 855)),
        ),
    ),
    reduction=Reduction(500, "seller", "kimura.no.tana"),
    joins=("kimura.no.tana", "tokoname.yamane", "nunonowa"),
)

CREATORS = (YUKINO, WATARU)

COLLABORATIONS = (
    Collaboration("tokoname.yamane", 1000, "seller"),
    Collaboration("nunonowa", 800, "seller"),
    Collaboration("kimura.no.tana", 500, "platform"),
)


def _buyer(
    key: str, name: str, line: str, code: str, city: str, account: bool = False
) -> Buyer:
    number = 100 + len(key) * 7 + len(line)
    return Buyer(
        key,
        name,
        f"{key}@post.example",
        Address(line, code, city, "JP"),
        f"+81 90 0000 0{number}",
        account,
    )


BUYERS = (
    _buyer("mitsuko", "佐々木 美津子", "恵比須町 0-27", "604-0000", "京都市", True),
    _buyer("haruto", "田中 陽翔", "神南 0-8-2", "150-0000", "渋谷区", True),
    _buyer("sakura", "小林 さくら", "大手町 0-1", "730-0000", "広島市"),
    _buyer("kenji", "渡辺 健二", "北一条西 0-3", "060-0000", "札幌市"),
    _buyer("aoi", "中村 葵", "天神 0-12", "810-0000", "福岡市"),
    _buyer("ren", "加藤 蓮", "栄 0-15-6", "460-0000", "名古屋市"),
    _buyer("emi", "ブラウン 恵美", "山下町 0-40", "231-0000", "横浜市"),
    _buyer("takumi", "清水 匠", "片町 0-2", "920-0000", "金沢市"),
)
