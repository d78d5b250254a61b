"""Notices of illegal content and what is decided on them (Digital Services Act, articles
16 and 17): a receipt at once, a decision with its reasons to both sides.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from creators.models import Collection, Creator, Post
from creators.services import content
from marketplace.kit import found, ids, jobs
from marketplace.kit.errors import MarketplaceError, NotFound
from marketplace.kit.models import AuditEvent
from marketplace.pages.models import (
    ANONYMOUS,
    Decision,
    Reason,
    Report,
    ReportStatus,
)
from orders.models import Review
from orders.services import reviews
from sellers.models import Product, ProductStatus, Question, Shop
from sellers.services import catalog, questions


class WhoIsMissing(MarketplaceError):
    """The law asks who reports this. Nothing was sent: give a name and an e-mail."""

    status_code = 422

    def __init__(self) -> None:
        super().__init__(
            _(
                "For this reason the law asks who reports it. Nothing was sent yet: give"
                " your name and e-mail."
            )
        )


class ReasonsMissing(MarketplaceError):
    """A decision needs its reasons in words and the ground it rests on. Nothing was
    decided.
    """

    status_code = 422


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What is reported: what it is called, where it stands, and whose it is."""

    type: str
    id: str
    title: str
    path: str
    owner_email: str


def target_of(*, type: str, id: str) -> Target:
    """Find what a report is about; what was hidden since may still be reported.

    :raises NotFound: there is no such thing.
    """
    finder = _FINDERS.get(type)
    target = finder(id) if finder else None
    if target is None:
        raise NotFound
    return target


def submit(
    *,
    target: Target,
    key: str,
    reason: str,
    explanation: str,
    name: str,
    email: str,
    language: str,
    at: datetime,
) -> Report:
    """Keep a report and promise its receipt by mail. The same form sent again gives
    the report it made the first time.

    :raises WhoIsMissing: without name and e-mail, where the law asks for them.
    """
    if reason not in ANONYMOUS and not (name and email):
        raise WhoIsMissing
    with transaction.atomic():
        report, made = Report.objects.get_or_create(
            key=key or ids.new("key"),
            defaults={
                "target_type": target.type,
                "target_id": target.id,
                "target_title": target.title[:200],
                "target_path": target.path[:300],
                "reason": Reason(reason),
                "explanation": explanation,
                "name": name,
                "email": email,
                "language": language,
                "received_at": at,
            },
        )
        if made and report.email:
            jobs.enqueue("marketplace.pages.tasks.send_receipt", report_id=report.pk)
    return report


def decide(
    *,
    report: Report,
    decision: str,
    statement: str,
    ground: str,
    actor: str,
    at: datetime,
) -> None:
    """Decide a report, do what was decided, and promise both sides the reasons.

    What is taken down: a product is blocked, a post removed, a collection, a review or a
    question hidden. A shop or a creator is closed by staff in the place for it, since
    orders hang on them.

    :raises ReasonsMissing: without words or ground.
    :raises NotAllowed: it is decided already.
    :raises Raced: somebody decided it at the same time.
    """
    statement, ground = statement.strip(), " ".join(ground.split())
    if not statement or not ground:
        raise ReasonsMissing
    with transaction.atomic():
        report.move_to(
            ReportStatus.DECIDED,
            at=at,
            decision=Decision(decision),
            statement=statement,
            ground=ground,
            decided_by=actor,
            decided_at=at,
        )
        owner = _owner_email(report)
        if decision == Decision.REMOVED:
            _take_down(report, actor=actor, at=at)
        AuditEvent.objects.create(
            actor=actor,
            action=f"report.{decision}",
            reference=report.public_id,
            reason=statement,
            details={"target": report.target_id, "ground": ground},
            at=at,
        )
        jobs.enqueue(
            "marketplace.pages.tasks.send_decision",
            report_id=report.pk,
            owner_email=owner,
        )


def _owner_email(report: Report) -> str:
    try:
        target = target_of(type=report.target_type, id=report.target_id)
    except NotFound:  # its owner took it away in the meantime
        return ""
    return target.owner_email


def _take_down(report: Report, *, actor: str, at: datetime) -> None:
    why = report.statement
    wanted = {"public_id": report.target_id}
    if report.target_type == "product":
        product = Product.objects.exclude(status=ProductStatus.BLOCKED)
        for one in product.filter(**wanted):
            catalog.block(product=one, at=at)
    elif report.target_type == "post":
        for post in Post.objects.filter(**wanted):
            content.remove_post(post=post)
    elif report.target_type == "collection":
        Collection.objects.filter(**wanted).update(is_published=False)
    elif report.target_type == "review":
        for review in Review.objects.filter(**wanted):
            reviews.hide(review=review, reason=why, actor=actor, at=at)
    elif report.target_type == "question":
        for question in Question.objects.filter(**wanted):
            questions.judge(
                question=question, hidden=True, reason=why, actor=actor, at=at
            )


def _product(public_id: str) -> Target | None:
    once = Product.objects.exclude(status=ProductStatus.DRAFT).select_related("shop")
    row = once.filter(public_id=public_id).first()
    if row is None:
        return None
    return Target(
        type="product",
        id=public_id,
        title=row.title,
        path=row.get_absolute_url(),
        owner_email=row.shop.contact_email,
    )


def _post(public_id: str) -> Target | None:
    row = Post.objects.select_related("creator__user").filter(public_id=public_id)
    shown = row.first()
    if shown is None:
        return None
    return Target(
        type="post",
        id=public_id,
        title=found.one_line(shown.caption or shown.alt, longest=120),
        path=shown.get_absolute_url(),
        owner_email=shown.creator.user.email,
    )


def _shop(public_id: str) -> Target | None:
    row = Shop.objects.filter(public_id=public_id).first()
    if row is None:
        return None
    return Target(
        type="shop",
        id=public_id,
        title=row.name,
        path=row.get_absolute_url(),
        owner_email=row.contact_email,
    )


def _creator(public_id: str) -> Target | None:
    row = Creator.objects.select_related("user").filter(public_id=public_id).first()
    if row is None:
        return None
    return Target(
        type="creator",
        id=public_id,
        title=row.name,
        path=row.get_absolute_url(),
        owner_email=row.user.email,
    )


def _collection(public_id: str) -> Target | None:
    rows = Collection.objects.select_related("creator__user")
    row = rows.filter(public_id=public_id).first()
    if row is None:
        return None
    return Target(
        type="collection",
        id=public_id,
        title=row.title,
        path=row.get_absolute_url(),
        owner_email=row.creator.user.email,
    )


def _review(public_id: str) -> Target | None:
    rows = Review.objects.select_related("product", "line__seller_order__order")
    row = rows.filter(public_id=public_id).first()
    if row is None:
        return None
    return Target(
        type="review",
        id=public_id,
        title=found.one_line(row.text, longest=120) or row.product.title,
        path=f"{row.product.get_absolute_url()}#reviews",
        owner_email=row.line.seller_order.order.email,
    )


def _question(public_id: str) -> Target | None:
    rows = Question.objects.select_related("product", "asker")
    row = rows.filter(public_id=public_id).first()
    if row is None or row.answered_at is None:
        return None  # nobody but the shop reads it before it is answered
    return Target(
        type="question",
        id=public_id,
        title=found.one_line(row.text, longest=120),
        path=f"{row.product.get_absolute_url()}#questions",
        owner_email=row.asker.email if row.asker else "",
    )


_FINDERS = {
    "product": _product,
    "post": _post,
    "shop": _shop,
    "creator": _creator,
    "collection": _collection,
    "review": _review,
    "question": _question,
}
