from django.db import migrations

from marketplace.kit.append_only import FUNCTION, AppendOnly


class Migration(migrations.Migration):
    dependencies = [("kit", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION refuse_change();"),
        AppendOnly("kit_auditevent"),
    ]
