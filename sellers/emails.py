"""Mails about questions, to the shop that is asked and to who asked, and about what is
back in stock. Each is what it says, plain data, and a function that sends it.
"""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.kit import found, mails
from marketplace.kit.mails import Notice
from marketplace.kit.templatetags import formats
from sellers.models import Photo, Question, StockAlert
from sellers.services import stock_alerts


def send_question(*, question: Question) -> None:
    """Tell a shop that somebody asks. Shops read the site's own language."""
    to = question.shop.contact_email
    with override(settings.LANGUAGE_CODE):
        mails.send_notice(to=to, notice=asked(question=question))


def asked(*, question: Question) -> Notice:
    """Say to a shop what somebody asks."""
    path = reverse("sell:questions", args=[question.shop.public_id])
    return Notice(
        subject=_("A question about %(product)s") % _in_subject(question),
        heading=_("Somebody asks about %(product)s")
        % {"product": question.product.title},
        preheader=question.text,
        words=(_("Your answer is public, for others who wonder."),),
        quotes=((_("The question"), question.text),),
        button_url=f"{settings.SITE_URL}{path}",
        button_text=_("Answer"),
        reason=_("You get this mail because you sell this."),
    )


def send_answer(*, question: Question) -> None:
    """Tell who asked that the shop has answered, in the language of the question."""
    if question.asker is None:
        return
    with override(question.language):
        mails.send_notice(to=question.asker.email, notice=answered(question=question))


def answered(*, question: Question) -> Notice:
    """Say to who asked what the shop answered."""
    words = {"product": question.product.title, "shop": question.shop.name}
    return Notice(
        subject=_("Your question about %(product)s is answered")
        % _in_subject(question),
        heading=_("%(shop)s has answered you") % words,
        preheader=question.answer,
        words=(_("You asked about %(product)s.") % words,),
        quotes=(
            (_("Your question"), question.text),
            (_("The answer"), question.answer),
        ),
        button_url=f"{found.absolute(question.product.get_absolute_url())}#questions",
        button_text=_("Open the product"),
        reason=_("You get this mail because you asked this question."),
    )


def send_back_in_stock(*, alert: StockAlert) -> None:
    """Tell who waited that a variant can be bought again."""
    photos = sorted(alert.variant.product.photos.all(), key=lambda one: one.position)
    with override(alert.language):
        notice = back_in_stock(alert=alert, photo=photos[0] if photos else None)
        mails.send_notice(to=alert.email, notice=notice)


def back_in_stock(*, alert: StockAlert, photo: Photo | None) -> Notice:
    """Say that something is back, what it costs, and that this is the one mail of it."""
    variant = alert.variant
    product = variant.product
    written = {"product": product.title, "shop": product.shop.name}
    return Notice(
        subject=_("Back in stock: %(product)s")
        % {"product": mails.in_subject(product.title)},
        heading=_("%(product)s is back") % written,
        preheader=_("You asked us to tell you. Nothing is held for you."),
        words=(
            _("%(shop)s has it again.") % written,
            _("Nothing is held for you, and others were told as well."),
        ),
        button_url=found.absolute(product.get_absolute_url()),
        button_text=_("Open the product"),
        groups=(
            mails.Group(
                name=product.shop.name,
                items=(
                    mails.Item(
                        title=product.title,
                        detail=variant.label,
                        amount=formats.write_money(
                            variant.price_amount, variant.currency
                        ),
                        picture=mails.picture(photo.renditions if photo else []),
                    ),
                ),
            ),
        ),
        reason=_(
            "You get this one mail because you asked to be told. We delete your address"
            " from this list after %(n)d days."
        )
        % {"n": stock_alerts.KEPT_DAYS},
        unsubscribe_url=found.absolute(
            reverse("sellers:alert-off", args=[stock_alerts.token_of(alert)])
        ),
    )


def _in_subject(question: Question) -> dict[str, str]:
    return {"product": mails.in_subject(question.product.title)}
