from django.db import migrations

from marketplace.kit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("payouts", "0008_reconciliation_and_seals")]
    operations = [AppendOnly("payouts_seal")]
