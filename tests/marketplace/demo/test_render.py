"""Drawings become pixels, and hold nothing a picture should not."""

import hashlib
import io

import pytest
from PIL import Image

from creators.services import clips
from marketplace.demo import catalogue, render


def test_a_product_picture_is_a_jpeg_of_four_by_five():
    with Image.open(io.BytesIO(render.jpeg("mug", width=400))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (400, 500))


def test_a_portrait_is_square():
    with Image.open(io.BytesIO(render.jpeg("creator-elin", width=200))) as picture:
        assert picture.size == (200, 200)


def test_an_unknown_drawing_is_named():
    with pytest.raises(FileNotFoundError, match=r"no-such\.svg"):
        render.jpeg("no-such")


def test_the_one_video_is_small_upright_and_of_a_kind_that_a_post_takes():
    films = [p.scene for c in catalogue.CREATORS for p in c.posts if p.is_film]
    assert films == ["scene-tea"]
    kept = render.film("scene-tea")
    assert len(kept) < 300_000
    clip = clips.read(file=io.BytesIO(kept))
    assert (clip.type, clip.ms) == ("video/webm", 6000)
    assert (clip.width, clip.height) == (360, 640)


@pytest.mark.parametrize("name", render.names())
def test_a_drawing_has_a_title_and_no_text_script_or_reference_outside(name):
    drawing = (render.PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    assert "<title>" in drawing
    for word in ("<text", "<script", "<image", "href", "<style", "@import"):
        assert word not in drawing


def test_forty_products_look_different_even_as_thumbnails():
    prints = set()
    for product in catalogue.PRODUCTS:
        with Image.open(
            io.BytesIO(render.jpeg(product.pictures[0], width=64))
        ) as small:
            prints.add(hashlib.sha256(small.tobytes()).hexdigest())
    assert len(prints) == 40
