from django.db import migrations

from marketplace.kit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_refunds_and_returns"), ("kit", "0002_append_only")]
    operations = [AppendOnly("orders_refundline"), AppendOnly("orders_returnline")]
