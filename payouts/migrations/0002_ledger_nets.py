"""What the database itself holds of the ledger: nothing is changed or removed, and a
posting has the currency of both its accounts.
"""

from django.db import migrations

from marketplace.kit.append_only import AppendOnly

SIDE = """
ALTER TABLE payouts_posting ADD CONSTRAINT posting_{side}_currency
    FOREIGN KEY ({side}_id, currency)
    REFERENCES payouts_ledgeraccount (id, currency) NOT DEFERRABLE;
"""
UNDO = "ALTER TABLE payouts_posting DROP CONSTRAINT posting_{side}_currency;"


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial"), ("kit", "0002_append_only")]
    operations = [
        *(
            migrations.RunSQL(SIDE.format(side=side), UNDO.format(side=side))
            for side in ("debit", "credit")
        ),
        AppendOnly("payouts_ledgeraccount"),
        AppendOnly("payouts_entry"),
        AppendOnly("payouts_posting"),
        AppendOnly("payouts_accrual"),
        AppendOnly("payouts_payoutitem"),
    ]
