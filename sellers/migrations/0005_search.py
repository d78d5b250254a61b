import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sellers", "0004_first_prices")]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="SearchMiss",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("day", models.DateField()),
                ("words", models.CharField(max_length=80)),
                ("number", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name_plural": "search misses",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "words"), name="search_miss_once"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="product",
            name="folded_text",
            field=models.TextField(default=" ", editable=False),
        ),
        migrations.AddField(
            model_name="product",
            name="folded_title",
            field=models.TextField(default=" ", editable=False),
        ),
        migrations.AddField(
            model_name="shop",
            name="folded_name",
            field=models.TextField(default=" ", editable=False),
        ),
        migrations.AddField(
            model_name="variant",
            name="facets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=list, editable=False, size=None
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="category",
            field=models.CharField(
                choices=[
                    ("home", "Home"),
                    ("kitchen", "Kitchen and table"),
                    ("lighting", "Lighting"),
                    ("clothing", "Clothing"),
                    ("accessories", "Accessories"),
                    ("beauty", "Beauty"),
                    ("tech", "Tech"),
                    ("other", "Other"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                fields=["status", "-listed_at", "-id"], name="product_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                fields=["status", "category", "-listed_at", "-id"],
                name="product_newest_in",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["folded_text"], name="product_trgm", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
