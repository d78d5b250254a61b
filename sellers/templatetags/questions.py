"""`{% load questions %}`: what is asked about a product, for its page."""

from django import template

from sellers.models import Product, Question
from sellers.services import questions

register = template.Library()

SHOWN = 3


@register.simple_tag
def product_questions(product: Product) -> list[Question]:
    """Give the newest answered questions, one more than are shown; one query."""
    return list(questions.public_of(product=product)[: SHOWN + 1])
