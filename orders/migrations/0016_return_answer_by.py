from datetime import timedelta

from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


def give_the_usual_time(apps, _schema_editor):
    """What was asked for before has as long as anything asked for now."""
    apps.get_model("orders", "Return").objects.update(
        answer_by=F("requested_at") + timedelta(days=settings.RETURN_ANSWER_DAYS)
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0015_line_withdrawal_exception")]

    operations = [
        migrations.AddField(
            model_name="return",
            name="answer_by",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="return",
            name="taken_over_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(give_the_usual_time, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="return",
            name="answer_by",
            field=models.DateTimeField(),
        ),
        migrations.AddIndex(
            model_name="return",
            index=models.Index(
                condition=Q(("status__in", ["open", "received"])),
                fields=["answer_by"],
                name="return_unanswered",
            ),
        ),
    ]
