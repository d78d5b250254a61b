from django.db import migrations

from marketplace.kit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("payouts", "0012_payout_terms_holds_runs")]
    operations = [AppendOnly("payouts_credentialchange")]
