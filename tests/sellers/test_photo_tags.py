from django.template import Context, Template

RENDITIONS = [
    {"width": 400, "height": 500, "path": "a-400.webp"},
    {"width": 800, "height": 1000, "path": "a-800.webp"},
]


def rendered(source, thing):
    return Template("{% load photos %}" + source).render(Context({"thing": thing}))


def test_the_smallest_rendition_that_fills_the_width_is_named():
    assert rendered("{% rendition_url thing 400 %}", RENDITIONS) == "/media/a-400.webp"
    assert rendered("{% rendition_url thing 401 %}", RENDITIONS) == "/media/a-800.webp"
    assert rendered("{% rendition_url thing 1200 %}", RENDITIONS) == "/media/a-800.webp"


def test_without_a_picture_there_is_no_address():
    assert rendered("{% rendition_url thing 400 %}", []) == ""
    assert rendered("{% rendition_url thing 400 %}", None) == ""


def test_srcset_names_every_rendition_with_its_width():
    assert rendered("{% photo_srcset thing %}", RENDITIONS) == (
        "/media/a-400.webp 400w, /media/a-800.webp 800w"
    )
