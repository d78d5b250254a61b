from django.db import migrations

from marketplace.kit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("payouts", "0005_clawbacks_and_disputes")]
    operations = [
        AppendOnly("payouts_reversedshare"),
        AppendOnly("payouts_netting"),
    ]
