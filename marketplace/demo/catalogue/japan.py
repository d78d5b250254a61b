"""What three shops in Japan sell: two businesses and a private person, in yen, tax
inside. Names and numbers are made up."""

from marketplace.demo.catalogue.shapes import (
    Address,
    Delivery,
    Product,
    Seller,
    colours,
    single,
)

YAMANE = Seller(
    handle="tokoname.yamane",
    name="常滑 陶房やまね",
    owner="山根 和子",
    email="kazuko@yamane.example",
    is_business=True,
    legal_name="有限会社 陶房やまね",
    registration="0000-02-000104",
    vat_number="T0000000000104",
    address=Address("栄町 3-0-14", "479-0000", "愛知県常滑市", "JP"),
    phone="+81 569 00 0104",
    currency="JPY",
    language="ja",
    about="常滑で二代、急須と食器を作っています。朱泥は地元の土を半年寝かせてから使います。"
    "焼き上がりの色や大きさは一つずつ少し違います。",
    delivery=Delivery(900, 3, 5),
    return_days=14,
)
NUNONOWA = Seller(
    handle="nunonowa",
    name="京都 布のわ",
    owner="西岡 美咲",
    email="misaki@nunonowa.example",
    is_business=True,
    legal_name="株式会社 布のわ",
    registration="0000-01-000207",
    vat_number="T0000000000207",
    address=Address("西陣 0-20", "602-0000", "京都府京都市上京区", "JP"),
    phone="+81 75 000 0207",
    currency="JPY",
    language="ja",
    about="西陣の小さな工房で、麻と羊毛を織っています。洗うほどやわらかくなる布を、"
    "毎日使える値段で。ほつれはいつでも直します。",
    delivery=Delivery(660, 2, 3),
    return_days=14,
)
KIMURA = Seller(
    handle="kimura.no.tana",
    name="木村の棚",
    owner="木村 健太郎",
    email="kentaro@kimuranotana.example",
    is_business=False,
    legal_name="木村 健太郎",
    registration="",
    vat_number="",
    address=Address("松風町 0-5", "390-0000", "長野県松本市", "JP"),
    phone="+81 263 00 0305",
    currency="JPY",
    language="ja",
    about="本業は大工です。現場で余った無垢の板で、週末に小さな家具を作ります。"
    "月に数点だけなので、売り切れたら少しお待ちください。",
    delivery=Delivery(1_320, 3, 6),
    return_days=14,
)

SELLERS = (YAMANE, NUNONOWA, KIMURA)

PRODUCTS = (
    Product(
        key="kyusu",
        seller="tokoname.yamane",
        title="横手急須 朱泥 330ml 茶こし一体型",
        category="kitchen",
        description="湯切れのよい横手の急須です。茶こしは同じ土で作ってあり、金気がつきません。"
        "右手用。洗剤は使わず、お湯ですすいで乾かしてください。",
        pictures=("teapot",),
        alts=("持ち手が横についた朱色の急須",),
        choices=single(amount=12_000, stock=14),
    ),
    Product(
        key="hachi",
        seller="tokoname.yamane",
        title="三つ重ね鉢",
        category="kitchen",
        description="大中小が一つに収まる鉢の組です。いちばん小さい鉢は薬味に、"
        "大きい鉢は二人分の煮物に。電子レンジに入れられます。",
        pictures=("bowls",),
        alts=("緑、白、茶の三つの鉢を重ねたところ",),
        choices=single(amount=8_800, stock=11),
    ),
    Product(
        key="ichirin",
        seller="tokoname.yamane",
        title="細首の花器 高さ32cm",
        category="home",
        description="枝ものが一本で決まる細い首の花器です。重さ1.4kgで倒れにくく、"
        "一つずつ水を入れて一晩おき、漏れがないか確かめています。",
        pictures=("vase-white", "vase"),
        alts=("白い細首の花器", "土色の細首の花器"),
        options=("色",),
        choices=colours(
            amount=6_600, kinds=(("白", "vase-white", 12), ("土", "vase", 9))
        ),
    ),
    Product(
        key="mug",
        seller="tokoname.yamane",
        title="鉄粉マグ 300ml",
        category="kitchen",
        description="土に混ざった鉄が点になって出ます。持ち手は指が三本入る大きさ。"
        "食洗機と電子レンジに対応しています。",
        pictures=("mug", "mug-blue"),
        alts=("生成りのマグ、底は素地のまま", "紺色のマグ"),
        options=("釉薬",),
        choices=colours(
            amount=3_300, kinds=(("生成り", "mug", 26), ("紺", "mug-blue", 18))
        ),
    ),
    Product(
        key="torizara",
        seller="tokoname.yamane",
        title="取り皿 四枚組（四色）",
        category="kitchen",
        description="五寸の取り皿を四色そろえました。縁が少し立っているので汁気のあるものも。",
        pictures=("plates",),
        alts=("四色の取り皿を重ねたところ",),
        choices=single(amount=9_900, stock=10),
    ),
    Product(
        key="fukin",
        seller="nunonowa",
        title="麻の台所布巾 二枚組",
        category="kitchen",
        description="吸って、すぐ乾く麻の布巾です。赤の縞と藍の格子を一枚ずつ。"
        "初めに二度洗うと糊が落ちてよく吸うようになります。",
        pictures=("towels",),
        alts=("赤い縞と藍の格子の布巾",),
        choices=single(amount=2_860, stock=40),
    ),
    Product(
        key="hizakake",
        seller="nunonowa",
        title="羊毛のひざ掛け 130×180cm",
        category="home",
        description="国産の羊毛を草木で染めて織りました。軽くて暖かく、季節の変わり目にも。",
        pictures=("throw",),
        alts=("たたんだ羊毛のひざ掛け",),
        choices=single(amount=14_300, stock=10),
    ),
    Product(
        key="mafura",
        seller="nunonowa",
        title="手織りマフラー",
        category="clothing",
        description="織り上げてから湯でもんで仕上げた、やわらかなマフラーです。",
        pictures=("scarf", "scarf-brick"),
        alts=("緑のマフラー", "れんが色のマフラー"),
        options=("色",),
        choices=colours(
            amount=11_000, kinds=(("苔", "scarf", 10), ("れんが", "scarf-brick", 3))
        ),
    ),
    Product(
        key="kusshon",
        seller="nunonowa",
        title="縞のクッション 45×45cm",
        category="home",
        description="麻の縞織りです。カバーは外して洗えます。中綿つき。",
        pictures=("cushion", "cushion-moss"),
        alts=("青い縞のクッション", "苔色の縞のクッション"),
        options=("色",),
        choices=colours(
            amount=7_700, kinds=(("青", "cushion", 12), ("苔", "cushion-moss", 10))
        ),
    ),
    Product(
        key="kinoko",
        seller="kimura.no.tana",
        title="きのこの卓上灯 調光つき",
        category="lighting",
        description="素焼きの笠を木の脚にのせた卓上灯です。三段階で明るさを変えられます。",
        pictures=("lamp",),
        alts=("素焼き色のきのこ形の灯り",),
        choices=single(amount=15_400, stock=4),
    ),
    Product(
        key="sankyaku",
        seller="kimura.no.tana",
        title="三本脚の腰掛け 高さ42cm",
        category="home",
        description="楢の無垢材を亜麻仁油で仕上げました。床が少し傾いていても、がたつきません。",
        pictures=("stool", "stool-black"),
        alts=("木の三本脚の腰掛け", "黒い三本脚の腰掛け"),
        options=("仕上げ",),
        choices=colours(
            amount=18_700, kinds=(("油", "stool", 3), ("墨", "stool-black", 2))
        ),
    ),
    Product(
        key="manaita",
        seller="kimura.no.tana",
        title="桜のまな板 大小",
        category="kitchen",
        description="山桜の一枚板を二つに切り分けました。刃あたりがやわらかです。"
        "使う前に水でぬらしてください。",
        pictures=("board",),
        alts=("大小二枚の木のまな板",),
        choices=single(amount=7_480, stock=10),
    ),
)
