from django.db import migrations

from marketplace.kit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("kit", "0002_append_only")]
    operations = [
        AppendOnly("orders_orderline"),
        AppendOnly("orders_lineattribution"),
        AppendOnly("orders_orderevent"),
        AppendOnly("orders_shipmentline"),
    ]
