"""Every public page as search engines, other sites and their frames read it."""

import json
import re
from datetime import timedelta
from io import BytesIO
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from creators.services import attribution
from sellers.models import Product, Variant
from sellers.services import catalog
from tests.factories import buy_links as links_of_sale
from tests.factories import creators as make_creators
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
NAMESPACES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
    "i": "http://www.google.com/schemas/sitemap-image/1.1",
}


def page(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def nodes(html):
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    return [json.loads(one) for one in found]


def metas(html):
    return dict(
        re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', html)
    )


def links(html, rel):
    return re.findall(rf'<link rel="{rel}"[^>]*href="([^"]+)"', html)


@pytest.fixture
def cup():
    shop = make.shop(
        name="Lera", kind="business", legal_name="Lera AB", legal_address="Gatan 1"
    )
    return make.product(
        shop=shop, title="Tall cup", price_amount=32_050, sizes=("S", "M"), stock=9
    )


# --- JSON-LD ----------------------------------------------------------------------
def test_a_product_says_the_offers_its_page_shows(client, cup):
    small = cup.variants.order_by("position").first()
    Variant.objects.filter(pk=small.pk).update(on_hand=0)
    html = page(client, cup.get_absolute_url())
    (group,) = nodes(html)
    assert group["@type"] == "ProductGroup"
    assert group["name"] == "Tall cup"
    assert group["productGroupID"] == cup.public_id
    assert group["variesBy"] == ["https://schema.org/size"]
    assert [one["size"] for one in group["hasVariant"]] == ["S", "M"]
    offers = [one["offers"] for one in group["hasVariant"]]
    assert [offer["price"] for offer in offers] == ["320.50", "320.50"]
    assert {offer["priceCurrency"] for offer in offers} == {"SEK"}
    assert [offer["availability"].rpartition("/")[2] for offer in offers] == [
        "OutOfStock",
        "InStock",
    ]
    assert offers[0]["seller"]["@type"] == "Organization"
    assert offers[0]["seller"]["legalName"] == "Lera AB"
    shipping = offers[0]["shippingDetails"][0]
    assert shipping["shippingRate"]["value"] == "49.00"
    assert shipping["deliveryTime"]["transitTime"]["maxValue"] == 4
    policy = offers[0]["hasMerchantReturnPolicy"]
    assert policy["merchantReturnDays"] == 14
    assert policy["applicableCountry"] == ["NL", "SE"]
    # Equal to what a person reads on the page.
    for words in ("Tall cup", "320,50\xa0kr", "49\xa0kr", "2–4 days", "14 days"):
        assert words in html


def test_a_product_of_one_variant_is_a_product_with_its_offer(client):
    product = make.product(title="Bowl")
    (node,) = nodes(page(client, product.get_absolute_url()))
    assert node["@type"] == "Product"
    assert node["offers"]["seller"]["@type"] == "Person"
    assert node["@id"].endswith("#product")
    assert "aggregateRating" not in node


def test_a_reduced_price_names_what_it_is_reduced_from_as_the_page_does(client):
    product = make.product(price_amount=32_000)
    variant = product.variants.get()
    catalog.change_price(
        variant=variant, price_amount=28_000, at=make.AT + timedelta(days=40)
    )
    html = page(client, product.get_absolute_url())
    (node,) = nodes(html)
    struck = node["offers"]["priceSpecification"]
    assert struck["priceType"] == "https://schema.org/StrikethroughPrice"
    assert (node["offers"]["price"], struck["price"]) == ("280.00", "320.00")
    assert "320\xa0kr" in html


def test_the_words_of_a_seller_cannot_leave_the_data_block(client):
    product = make.product(title="</script><img src=x onerror=alert(1)>")
    html = page(client, product.get_absolute_url())
    assert "<img src=x" not in html
    assert nodes(html)[0]["name"] == "</script><img src=x onerror=alert(1)>"


def test_yen_has_no_decimals(client, japan):
    shop = make.shop(country="JP", currency="JPY")
    product = make.product(shop=shop, price_amount=12_900)
    (node,) = nodes(page(client, product.get_absolute_url()))
    assert node["offers"]["price"] == "12900"


def test_a_creator_a_collection_and_a_post_say_what_they_are(client):
    creator = make_creators.make_creator(name="Nina Berg")
    product = make_creators.make_product(make_creators.make_shop())
    collection = make_creators.make_collection(creator)
    collection.picks.create(product=product)
    post = make_creators.make_post(creator)
    post.tags.create(product=product, number=1, x=1, y=1)
    (profile,) = nodes(page(client, creator.get_absolute_url()))
    assert profile["@type"] == "ProfilePage"
    assert profile["mainEntity"]["name"] == "Nina Berg"
    (shelf,) = nodes(page(client, collection.get_absolute_url()))
    assert shelf["@type"] == "CollectionPage"
    items = shelf["mainEntity"]["itemListElement"]
    assert [item["name"] for item in items] == [product.title]
    assert "via=" not in json.dumps(shelf)
    (posting,) = nodes(page(client, post.get_absolute_url()))
    assert posting["@type"] == "SocialMediaPosting"
    assert posting["author"]["name"] == "Nina Berg"
    assert posting["text"] == post.caption


def test_a_shop_is_a_store_when_it_is_a_business_and_a_person_else(client, cup):
    (store,) = nodes(page(client, cup.shop.get_absolute_url()))
    assert store["@type"] == "OnlineStore"
    assert store["hasMerchantReturnPolicy"]["merchantReturnDays"] == 14
    (person,) = nodes(page(client, make.product().shop.get_absolute_url()))
    assert person["mainEntity"]["@type"] == "Person"


# --- sharing, languages, the one address ------------------------------------------
def test_a_shared_product_shows_its_name_price_and_picture(client, cup):
    said = metas(page(client, cup.get_absolute_url()))
    assert said["og:title"] == said["twitter:title"] == "Tall cup"
    assert said["og:type"] == "product"
    assert said["og:url"] == f"http://testserver{cup.get_absolute_url()}"
    assert said["product:price:amount"] == "320.50"
    assert said["product:price:currency"] == "SEK"
    assert said["product:availability"] == "in stock"
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    assert f"/share/{cup.public_id}/" in said["og:image"]
    assert said["og:locale"] == "en_GB"
    assert said["twitter:card"] == "summary_large_image"


def test_a_page_names_its_languages_and_one_address_without_how_one_came(client, cup):
    query = "?via=h1.x.y&utm_source=mail&page=1&buy=x"
    html = page(client, cup.get_absolute_url() + query)
    bare = cup.get_absolute_url().removeprefix("/en")
    assert links(html, "canonical") == [f"http://testserver/en{bare}"]
    hreflang = dict(re.findall(r'hreflang="([^"]+)" href="([^"]+)"', html))
    assert hreflang == {
        **{
            code: f"http://testserver/{code}{bare}" for code in ("en", "sv", "nl", "ja")
        },
        "x-default": f"http://testserver{bare}",
    }


def test_the_second_page_of_a_list_is_a_page_of_its_own(client):
    creator = make_creators.make_creator()
    path = creator.get_absolute_url()
    html = page(client, f"{path}?tab=posts&via=x")
    assert links(html, "canonical") == [f"http://testserver{path}?tab=posts"]


def test_what_is_bound_to_a_person_asks_not_to_be_listed(client):
    html = page(client, "/cart")
    assert metas(html)["robots"] == "noindex"
    assert links(html, "canonical") == []


def test_a_page_has_one_address_or_asks_not_to_be_listed(client, cup):
    link = links_of_sale.link(cup.shop, cup)
    listed = ("c/home", f"products/{cup.public_id}/questions")
    listed += (f"products/{cup.public_id}/reviews",)
    hidden = ("search", "search?q=cup", "c/home?size=m", f"b/{link.code}")
    hidden += (f"products/{cup.public_id}/ask", f"buy/{cup.public_id}")
    for path in listed:
        html = client.get(f"/en/{path}").content.decode()
        assert links(html, "canonical") == [f"http://testserver/en/{path}"], path
        assert "robots" not in metas(html), path
    for path in hidden:
        html = client.get(f"/en/{path}", follow=True).content.decode()
        assert links(html, "canonical") == [], path
        assert metas(html)["robots"].startswith("noindex"), path


def test_a_category_says_the_way_to_it(client, cup):
    html = client.get("/en/c/home").content.decode()
    way = next(one for one in nodes(html) if one["@type"] == "BreadcrumbList")
    assert [step["item"] for step in way["itemListElement"]] == [
        "http://testserver/en/",
        "http://testserver/en/c/home",
    ]


def test_an_error_page_is_not_listed(client):
    assert metas(client.get("/en/nothing").content.decode())["robots"] == "noindex"


# --- the picture for sharing -------------------------------------------------------
def stored(product, *, size=(800, 1000), name="a"):
    out = BytesIO()
    Image.new("RGB", size, "#c0ffee").save(out, "WEBP")
    path = default_storage.save(f"products/{name}.webp", ContentFile(out.getvalue()))
    rendition = {"width": size[0], "height": size[1], "path": path}
    product.photos.update(renditions=[rendition])


def test_the_picture_for_sharing_is_1200_by_630_and_made_once(
    client, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    product = make.product()
    stored(product)
    said = metas(page(client, product.get_absolute_url()))
    address = said["og:image"].removeprefix("http://testserver")
    for _ in range(2):
        response = client.get(address)
        data = b"".join(response.streaming_content)
        assert response["Content-Type"] == "image/jpeg"
        assert Image.open(BytesIO(data)).size == (1200, 630)
    assert len(list((tmp_path / "cards").iterdir())) == 1


def test_a_shop_shows_up_to_three_things_side_by_side(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    shop = make.shop()
    for name in "ab":
        stored(make.product(shop=shop, title=name), name=name)
    response = client.get(f"/share/{shop.public_id}/x.jpg")
    picture = Image.open(BytesIO(b"".join(response.streaming_content)))
    assert picture.size == (1200, 630)


def test_there_is_no_picture_of_what_is_not_public(client):
    draft = make.product(is_live=False)
    assert client.get(f"/share/{draft.public_id}/x.jpg").status_code == 404
    assert client.get("/share/nothing/x.jpg").status_code == 404
    assert client.get("/share/var_123/x.jpg").status_code == 404


def test_a_lost_file_leads_to_our_own_picture(client):
    response = client.get(f"/share/{make.product().public_id}/x.jpg")
    assert response["Location"] == "/static/build/share.png"


# --- sitemap and robots -------------------------------------------------------------
def tree(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml"
    return ElementTree.fromstring(response.content)


def test_the_sitemap_leads_to_every_public_thing_in_every_language(client, cup):
    creator = make_creators.make_creator()
    collection = make_creators.make_collection(creator)
    collection.picks.create(product=cup)
    post = make_creators.make_post(creator)
    parts = [
        one.text
        for one in tree(client, "/sitemap.xml").iterfind(".//s:loc", NAMESPACES)
    ]
    names = ["products", "posts", "creators", "shops", "collections"]
    assert parts == [f"http://testserver/sitemap-{name}.xml" for name in names]
    things = [cup, post, creator, cup.shop, collection]
    for name, thing in zip(names, things, strict=True):
        found = tree(client, f"/sitemap-{name}.xml")
        addresses = [one.text for one in found.iterfind("s:url/s:loc", NAMESPACES)]
        bare = thing.get_absolute_url().removeprefix("/en")
        assert addresses == [
            f"http://testserver/{code}{bare}" for code in ("en", "sv", "nl", "ja")
        ]
        first = found.find("s:url", NAMESPACES)
        assert first.find("s:lastmod", NAMESPACES).text.startswith("20")
        others = [one.get("hreflang") for one in first.iterfind("x:link", NAMESPACES)]
        assert others == ["en", "sv", "nl", "ja", "x-default"]
    pictures = tree(client, "/sitemap-products.xml").iterfind(".//i:loc", NAMESPACES)
    assert {one.text for one in pictures} == {
        "http://testserver/media/products/none-800.webp"
    }


def test_the_sitemap_holds_nothing_that_is_not_for_sale(client):
    hidden, draft = make.product(), make.product(is_live=False)
    catalog.hide(product=hidden, at=make.AT)
    text = client.get("/sitemap-products.xml").content.decode()
    assert hidden.public_id not in text
    assert draft.public_id not in text


def test_a_page_of_the_sitemap_takes_three_queries_however_many(
    client, django_assert_num_queries
):
    for number in range(5):
        make.product(title=f"Cup {number}")
    # the number of products; a page of them; their photos
    with django_assert_num_queries(3):
        client.get("/sitemap-products.xml")
    assert client.get("/sitemap-products.xml?p=2").status_code == 404
    assert client.get("/sitemap-products.xml?p=x").status_code == 404
    assert client.get("/sitemap-secrets.xml").status_code == 404


def test_robots_keep_out_of_what_is_bound_to_a_person(client):
    text = page(client, "/robots.txt")
    everyone, previews = text.split("User-agent: Twitterbot")
    for path in ("/checkout", "/o/", "/go/", "/cart"):
        assert f"Disallow: {path}\n" in everyone
    assert "Allow: /go/\n" in previews
    assert "Disallow: /checkout\n" in previews
    assert "Sitemap: http://testserver/sitemap.xml\n" in text


# --- oEmbed and frames ---------------------------------------------------------------
def oembed(client, path, query=""):
    url = quote(f"http://testserver{path}", safe="")
    return client.get(f"/oembed?url={url}{query}")


def test_a_product_can_be_embedded_within_the_limits_asked_for(client, cup):
    html = page(client, cup.get_absolute_url())
    address = re.search(r'type="application/json\+oembed" href="([^"]+)"', html)[1]
    assert html.index("json+oembed") < 4_000
    answer = client.get(
        address.replace("&amp;", "&").removeprefix("http://testserver")
    ).json()
    assert (answer["version"], answer["type"]) == ("1.0", "rich")
    assert (answer["title"], answer["author_name"]) == ("Tall cup", "Lera")
    assert answer["thumbnail_width"] == 800
    assert f'src="http://testserver/en/embed/p/{cup.public_id}"' in answer["html"]
    small = oembed(client, cup.get_absolute_url(), "&maxwidth=300&maxheight=500").json()
    assert (small["width"], small["height"]) == (300, 500)
    assert 'width="300" height="500"' in small["html"]
    assert "thumbnail_url" not in small
    tiny = oembed(client, cup.get_absolute_url(), "&maxwidth=100").json()
    assert tiny["type"] == "link"
    assert "html" not in tiny


def test_oembed_refuses_what_is_not_ours_not_there_private_or_xml(client, cup):
    path = cup.get_absolute_url()
    assert oembed(client, path, "&format=xml").status_code == 501
    assert oembed(client, "/en/products/prod_nothing-x").status_code == 404
    assert oembed(client, "/en/").status_code == 404
    assert oembed(client, "/o/some-token").status_code == 401
    assert client.get("/oembed").status_code == 404
    elsewhere = quote(f"http://testserver.evil.example{path}", safe="")
    assert client.get(f"/oembed?url={elsewhere}").status_code == 404


def test_a_creator_is_linked_with_a_picture(client):
    creator = make_creators.make_creator(name="Nina Berg")
    answer = oembed(client, creator.get_absolute_url()).json()
    assert (answer["type"], answer["title"]) == ("link", "Nina Berg")


def test_an_address_without_a_language_is_embedded_too(client, cup):
    bare = cup.get_absolute_url().removeprefix("/en")
    assert oembed(client, bare).json()["title"] == "Tall cup"


def test_only_the_embedded_page_may_stand_in_a_frame(client, cup):
    response = client.get(f"/en/embed/p/{cup.public_id}")
    assert "frame-ancestors *" in response["Content-Security-Policy"]
    assert "X-Frame-Options" not in response
    assert response.cookies == {}
    html = response.content.decode()
    assert "<script" not in html
    assert '<base target="_top">' in html
    other = client.get(cup.get_absolute_url())
    assert "frame-ancestors 'none'" in other["Content-Security-Policy"]
    assert other["X-Frame-Options"] == "DENY"


def test_an_embedded_post_says_that_it_earns_before_its_links(client, cup):
    creator = make_creators.make_creator(name="Nina Berg")
    post = make_creators.make_post(creator)
    post.tags.create(product=cup, number=1, x=1, y=1)
    html = page(client, f"/en/embed/p/{post.public_id}")
    assert html.index("earns commission") < html.index("via=")
    token = re.search(r"via=([^\"&]+)", html)[1]
    source = attribution.read_token(token=token, at=make_creators.AT)
    assert source is None or source.id == post.public_id
    Product.objects.filter(pk=cup.pk).update(status="hidden")
    html = page(client, f"/en/embed/p/{post.public_id}")
    assert "No longer for sale" in html
    assert "via=" not in html


def test_nothing_that_is_not_public_can_be_embedded(client):
    draft = make.product(is_live=False)
    assert client.get(f"/en/embed/p/{draft.public_id}").status_code == 404
    assert client.get("/en/embed/p/post_nothing").status_code == 404
