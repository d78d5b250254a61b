from django.db import migrations

from marketplace.kit.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("sellers", "0001_initial"), ("kit", "0002_append_only")]
    operations = [AppendOnly("sellers_stockmove")]
