"""Reviews: only of what arrived, once a line, changed by the buyer, hidden by staff."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache

from marketplace.kit.models import AuditEvent
from orders.models import (
    Order,
    OrderStatus,
    Refund,
    Review,
    SellerOrder,
)
from orders.services import reviews, standing
from sellers.models import Membership
from sellers.services import photos
from tests.factories import creators as make_creators
from tests.factories import feedback, orders, sellers

pytestmark = pytest.mark.django_db
AT = orders.AT + timedelta(days=5)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(media: Path) -> list[str]:
    return sorted(p.relative_to(media).as_posix() for p in media.rglob("*.*"))


class TestWho:
    def test_the_buyer_of_what_has_arrived_may(self):
        review = feedback.write(feedback.line_of(feedback.arrived()))
        assert (review.rating, review.text) == (4, "Sits well in the hand.")
        assert review.product == review.line.variant.product
        assert review.shop == review.line.seller_order.shop
        assert (review.author, review.photo, review.status) == ("", [], "shown")

    @pytest.mark.parametrize(
        "state", ["unpaid", "to_ship", "shipped", "cancelled", "problem"]
    )
    def test_nobody_may_before_it_has_arrived(self, state):
        order = orders.order(is_paid=state != "unpaid")
        part = order.seller_orders.get()
        if state in ("shipped", "cancelled", "problem"):
            SellerOrder.objects.filter(pk=part.pk).update(status=state)
        with pytest.raises(reviews.NotArrived):
            feedback.write(feedback.line_of(order))
        assert Review.objects.count() == 0

    def test_a_line_that_was_cancelled_out_of_a_parcel_may_not(self):
        cup = sellers.variant(title="Cup")
        bowl = sellers.variant(title="Bowl", shop=cup.product.shop)
        order = orders.order((cup, 1), (bowl, 1))
        part = order.seller_orders.get()
        SellerOrder.objects.filter(pk=part.pk).update(
            status=OrderStatus.DELIVERED, fulfilled_at=AT, delivered_at=AT
        )
        part.refresh_from_db()
        shipment = part.shipments.create(shipped_at=AT)
        first = part.lines.get(variant=cup)
        shipment.lines.create(line=first, quantity=1)
        feedback.write(first)
        with pytest.raises(reviews.NotArrived):
            feedback.write(part.lines.get(variant=bowl))
        assert Review.objects.get().line == first

    def test_who_runs_the_shop_may_not(self):
        owner = sellers.user("Owner@example.com")
        variant = sellers.variant(shop=sellers.shop(owner=owner))
        by_account = feedback.arrived((variant, 1), user=owner, email="x@example.com")
        by_address = feedback.arrived((variant, 1), email="OWNER@example.com")
        by_contact = feedback.arrived((variant, 1), email="Shop@example.com")
        for order in (by_account, by_address, by_contact):
            with pytest.raises(reviews.HasInterest):
                feedback.write(feedback.line_of(order))
        assert Review.objects.count() == 0
        Membership.objects.all().delete()
        feedback.write(feedback.line_of(by_account))

    def test_a_creator_the_shop_pays_may_not_and_another_may(self):
        variant = sellers.variant()
        paid, other = make_creators.make_creator(), make_creators.make_creator()
        make_creators.make_partnership(paid, variant.product.shop)
        for creator in (paid, other):
            order = feedback.arrived((variant, 1), email=creator.user.email)
            if creator is other:
                feedback.write(feedback.line_of(order))
            else:
                with pytest.raises(reviews.HasInterest):
                    feedback.write(feedback.line_of(order))
        assert Review.objects.count() == 1

    def test_who_sent_it_back_may_and_the_review_says_so(self):
        line = feedback.line_of(feedback.arrived())
        feedback.given_back(line, units=1, amount=line.paid_amount)
        SellerOrder.objects.update(status=OrderStatus.REFUNDED)
        Order.objects.update(status=OrderStatus.REFUNDED)
        feedback.write(feedback.line_of(Order.objects.get()))
        assert Review.objects.with_return().get().is_refunded
        assert standing.rating_of(product=line.variant.product).number == 1

    @pytest.mark.parametrize(
        ("units", "share", "is_refunded"), [(1, 2, False), (2, 2, True), (0, 1, True)]
    )
    def test_it_says_so_only_when_all_of_it_went_back(self, units, share, is_refunded):
        line = feedback.line_of(feedback.arrived((sellers.variant(), 2)))
        feedback.write(line)
        feedback.given_back(line, units=units, amount=line.paid_amount // share)
        assert Review.objects.with_return().get().is_refunded is is_refunded
        Refund.objects.update(status="failed", failed_at=AT, withdrawn_at=AT)
        assert Review.objects.with_return().get().is_refunded is False


class TestWhat:
    def test_a_line_is_reviewed_once(self):
        line = feedback.line_of(feedback.arrived())
        feedback.write(line)
        with pytest.raises(reviews.AlreadyReviewed):
            feedback.write(line, rating=1)
        assert Review.objects.get().rating == 4

    @pytest.mark.parametrize("rating", [0, 6, -1])
    def test_there_are_one_to_five_stars(self, rating):
        line = feedback.line_of(feedback.arrived())
        with pytest.raises(reviews.RatingMissing):
            feedback.write(line, rating=rating)
        assert Review.objects.count() == 0

    def test_the_text_is_kept_as_words_without_hidden_signs(self):
        review = feedback.review(text="  <b>Good</b>\x00\r\n\n\n\n\u202eevil\ttext ")
        assert review.text == "<b>Good</b>\n\nevil text"
        assert len(feedback.review(text="x" * 3000).text) == 2000

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("Maja Nyström", "Maja N."),
            ("Anna Maria van den Berg", "Anna B."),
            ("Maja", "M."),
            ("山田 花子", "山."),
            ("山田花子", "山."),
        ],
    )
    def test_a_name_is_shown_in_part_and_only_if_asked_for(self, name, shown):
        order = feedback.arrived()
        order.address.name = name
        order.address.save()
        review = feedback.write(feedback.line_of(order), shows_name=True)
        assert review.author == shown
        changed = reviews.edit(
            review=review,
            rating=4,
            text="",
            shows_name=False,
            picture=None,
            drops_photo=False,
            at=AT,
        )
        assert changed.author == ""

    def test_a_picture_goes_the_way_of_all_pictures(self, media):
        review = feedback.review(picture=feedback.picture(900, 1200))
        assert [one["width"] for one in review.photo] == [400, 800, 900]
        assert len(files(media)) == 3
        assert all(
            name.startswith(f"reviews/{review.public_id}/") for name in files(media)
        )

    def test_a_file_that_is_no_picture_leaves_nothing(self, media):
        line = feedback.line_of(feedback.arrived())
        bad = feedback.picture()
        bad.truncate(200)
        with pytest.raises(photos.NotAPicture):
            feedback.write(line, picture=bad)
        assert (Review.objects.count(), files(media)) == (0, [])


class TestLater:
    def edit(self, review, **fields):
        return reviews.edit(
            **{
                "review": review,
                "rating": 2,
                "text": "Broke.",
                "shows_name": False,
                "picture": None,
                "drops_photo": False,
                "at": AT,
                **fields,
            }
        )

    def test_the_buyer_changes_it(self):
        changed = self.edit(feedback.review())
        assert (changed.rating, changed.text, changed.edited_at) == (2, "Broke.", AT)
        assert standing.rating_of(product=changed.product).counts == (0, 0, 0, 1, 0)

    def test_a_new_picture_takes_the_place_of_the_old_one(
        self, media, django_capture_on_commit_callbacks
    ):
        review = feedback.review(picture=feedback.picture())
        before = files(media)
        with django_capture_on_commit_callbacks(execute=True):
            changed = self.edit(review, picture=feedback.picture(600, 700))
        assert len(files(media)) == len(changed.photo) == 2
        assert not set(files(media)) & set(before)
        with django_capture_on_commit_callbacks(execute=True):
            kept = self.edit(changed)
        assert kept.photo == changed.photo
        with django_capture_on_commit_callbacks(execute=True):
            dropped = self.edit(changed, drops_photo=True)
        assert (dropped.photo, files(media)) == ([], [])

    def test_the_buyer_removes_it_and_may_write_anew(
        self, media, django_capture_on_commit_callbacks
    ):
        review = feedback.review(picture=feedback.picture())
        with django_capture_on_commit_callbacks(execute=True):
            reviews.remove(review=review)
            reviews.remove(review=review)
        assert (Review.objects.count(), files(media)) == (0, [])
        line = feedback.line_of(Order.objects.get())
        assert feedback.write(line, rating=5).rating == 5

    def test_the_shop_has_one_reply(self):
        review = feedback.review()
        reviews.reply(review=review, text=" Thank you. ", at=AT)
        reviews.reply(review=review, text="Thank you, Maja.", at=AT)
        review.refresh_from_db()
        assert (review.reply, review.replied_at) == ("Thank you, Maja.", AT)
        reviews.reply(review=review, text="  ", at=AT)
        review.refresh_from_db()
        assert (review.reply, review.replied_at) == ("", None)

    def test_staff_hide_it_with_a_reason_and_show_it_again(self):
        review = feedback.review()
        said = {"review": review, "actor": "7", "at": AT}
        with pytest.raises(reviews.ReasonMissing):
            reviews.hide(reason="  ", **said)
        assert reviews.hide(reason="Names a person", **said)
        assert not reviews.hide(reason="Again", **said)
        review.refresh_from_db()
        assert (review.status, review.hidden_reason) == ("hidden", "Names a person")
        assert standing.rating_of(product=review.product).number == 0
        with pytest.raises(reviews.HiddenReview):
            self.edit(review)
        with pytest.raises(reviews.HiddenReview):
            reviews.reply(review=review, text="Thanks", at=AT)
        assert reviews.show_again(reason="Was no person", **said)
        assert standing.rating_of(product=review.product).number == 1
        events = AuditEvent.objects.filter(reference=review.public_id).order_by("pk")
        assert [(one.action, one.reason, one.actor) for one in events] == [
            ("review.hide", "Names a person", "7"),
            ("review.show", "Was no person", "7"),
        ]


class TestPersons:
    def test_all_a_person_wrote_is_given_out_and_nothing_of_others(self):
        user = sellers.user("Maja@example.com")
        cup = sellers.variant()
        by_account = feedback.arrived((cup, 1), user=user, email="x@example.com")
        mine = feedback.write(feedback.line_of(by_account), text="Mine")
        also = feedback.review(cup, buyer="maja@example.com", text="By address")
        feedback.review(cup, text="Not mine")
        given = reviews.export_of(user=user, email="maja@example.com")
        assert [one["id"] for one in given] == [mine.public_id, also.public_id]
        assert given[0]["text"] == "Mine"
        assert given[0]["order"] == by_account.public_id
        assert reviews.export_of(user=None, email="") == []

    def test_erasing_takes_the_words_and_the_pictures(
        self, media, django_capture_on_commit_callbacks
    ):
        user = sellers.user("maja@example.com")
        feedback.review(buyer=user.email, picture=feedback.picture())
        kept = feedback.review()
        with django_capture_on_commit_callbacks(execute=True):
            assert reviews.erase(user=user, email=user.email) == 1
        assert Review.objects.get() == kept
        assert files(media) == []
