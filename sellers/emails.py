"""Mails about questions: to the shop that is asked, to who asked."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.kit import mails
from sellers.models import Question


def send_question(*, question: Question) -> None:
    """Tell a shop that somebody asks. Shops read the site's own language."""
    path = reverse("sell:questions", args=[question.shop.public_id])
    mails.send_notice(
        to=question.shop.contact_email,
        notice=mails.Notice(
            subject=_("A question about %(product)s") % _titled(question),
            heading=_("Somebody asks about %(product)s") % _titled(question),
            words=(question.text, _("Your answer is public, for others who wonder.")),
            button_url=f"{settings.SITE_URL}{path}",
            button_text=_("Answer"),
            reason=_("You get this mail because you sell this."),
        ),
    )


def send_answer(*, question: Question) -> None:
    """Tell who asked that the shop has answered, in the language of the question."""
    if question.asker is None:
        return
    with override(question.language):
        path = question.product.get_absolute_url()
        words = {**_titled(question), "shop": question.shop.name}
        mails.send_notice(
            to=question.asker.email,
            notice=mails.Notice(
                subject=_("Your question about %(product)s is answered") % words,
                heading=_("%(shop)s has answered you") % words,
                words=(
                    _("You asked about %(product)s:") % words,
                    question.text,
                    _("The answer:"),
                    question.answer,
                ),
                button_url=f"{settings.SITE_URL}{path}#questions",
                button_text=_("Open the product"),
                reason=_("You get this mail because you asked this question."),
            ),
        )


def _titled(question: Question) -> dict[str, str]:
    return {"product": question.product.title}
