from django.db import migrations

from marketplace.kit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("payouts", "0003_withheld_shares")]
    operations = [AppendOnly("payouts_withheldshare")]
