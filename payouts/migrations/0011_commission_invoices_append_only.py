from django.db import migrations

from marketplace.kit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("payouts", "0010_commission_invoices")]
    operations = [AppendOnly("payouts_commissioninvoice")]
