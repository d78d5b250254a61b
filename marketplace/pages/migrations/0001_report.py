import functools
import marketplace.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(marketplace.kit.ids.new, *('rep',), **{}), editable=False, max_length=24, unique=True)),
                ('key', models.CharField(max_length=40, unique=True)),
                ('target_type', models.CharField(max_length=12)),
                ('target_id', models.CharField(max_length=40)),
                ('target_title', models.CharField(max_length=200)),
                ('target_path', models.CharField(max_length=300)),
                ('reason', models.CharField(choices=[('unsafe', 'Unsafe, or a recalled product'), ('forbidden', 'May not be sold, or not like this'), ('counterfeit', 'Counterfeit, or uses my work or brand'), ('misleading', 'Misleading, or a fraud'), ('hidden_ad', 'Advertising that is not marked'), ('privacy', 'Shows me or my data without my consent'), ('hate', 'Hate, threats or violence'), ('child', 'Sexual abuse of a child'), ('other', 'Something else that breaks the law or the terms')], max_length=12)),
                ('explanation', models.TextField(max_length=3000)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('language', models.CharField(max_length=8)),
                ('status', models.CharField(choices=[('received', 'Received'), ('decided', 'Decided')], default='received', max_length=10)),
                ('received_at', models.DateTimeField()),
                ('decision', models.CharField(blank=True, choices=[('removed', 'Taken down'), ('limited', 'Limited'), ('left', 'Left as it is')], max_length=10)),
                ('statement', models.TextField(blank=True, max_length=3000)),
                ('ground', models.CharField(blank=True, max_length=300)),
                ('decided_by', models.CharField(blank=True, max_length=40)),
                ('decided_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['status', 'received_at'], name='report_queue')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['received', 'decided'])), name='report_status'), models.CheckConstraint(condition=models.Q(('reason__in', ['unsafe', 'forbidden', 'counterfeit', 'misleading', 'hidden_ad', 'privacy', 'hate', 'child', 'other'])), name='report_reason'), models.CheckConstraint(condition=models.Q(('reason', 'child'), models.Q(models.Q(('name', ''), _negated=True), models.Q(('email', ''), _negated=True)), _connector='OR'), name='report_says_who'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decision', ''), ('statement', ''), ('status', 'received')), models.Q(('decided_at__isnull', False), ('status', 'decided'), models.Q(('decision', ''), _negated=True), models.Q(('statement', ''), _negated=True)), _connector='OR'), name='report_decided_with_reasons')],
            },
        ),
    ]
