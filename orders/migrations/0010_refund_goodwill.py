from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_refund_claims")]

    operations = [
        migrations.AddField(
            model_name="refundline",
            name="goodwill_amount",
            field=models.PositiveBigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RemoveConstraint(model_name="refund", name="refund_positive"),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(funded_by="parties", status="sent"),
                name="refund_positive",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="refund", name="refund_due_amount_fits_funding"
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=Q(funded_by="due", due_amount=F("amount"))
                | Q(funded_by="parties", due_amount__lt=F("amount"))
                | Q(funded_by="parties", due_amount=0)
                | Q(funded_by__in=["platform", "suspense"], due_amount=0),
                name="refund_due_amount_fits_funding",
            ),
        ),
        migrations.RemoveConstraint(model_name="refund", name="refund_known_to_provider"),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=~Q(status__in=["waits_for_buyer", "sent"])
                | Q(provider_id__isnull=False)
                | Q(amount=0),
                name="refund_known_to_provider",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="refundline", name="refund_line_of_something"
        ),
        migrations.AddConstraint(
            model_name="refundline",
            constraint=models.CheckConstraint(
                condition=Q(quantity__gt=0)
                | Q(amount__gt=0)
                | Q(goodwill_amount__gt=0),
                name="refund_line_of_something",
            ),
        ),
    ]
