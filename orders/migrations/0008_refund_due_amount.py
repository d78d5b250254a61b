from typing import Any

from django.db import migrations, models
from django.db.models import F, Q


def fill(apps: Any, _editor: Any) -> None:
    """What was paid out of a debt to the buyer was owed to him whole."""
    refunds = apps.get_model("orders", "Refund").objects
    refunds.filter(funded_by="due").update(due_amount=F("amount"))


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_refund_any_amount")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="due_amount",
            field=models.PositiveBigIntegerField(
                default=0,
                help_text="what of it he was owed already, by a refund that failed before",
            ),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=Q(("due_amount", F("amount")), ("funded_by", "due"))
                | Q(("due_amount__lt", F("amount")), ("funded_by", "parties"))
                | Q(("due_amount", 0), ("funded_by__in", ["platform", "suspense"])),
                name="refund_due_amount_fits_funding",
            ),
        ),
    ]
