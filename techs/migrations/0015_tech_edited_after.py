from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('techs', '0014_outcome_of_periodic_runs'),
    ]

    operations = [
        migrations.AddField(
            model_name='tech',
            name='edited_after',
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
