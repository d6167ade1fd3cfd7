"""Reword help texts and labels. No database operations."""

import django.core.validators
import django.utils.timezone
import techs.models.webhook
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('techs', '0017_rename_models_and_fields'),
    ]

    operations = [
        migrations.AlterField(
            model_name='edit',
            name='before',
            field=models.JSONField(help_text='Previous values of the changed fields.'),
        ),
        migrations.AlterField(
            model_name='import',
            name='name',
            field=models.CharField(blank=True, default='', help_text='Name of the file, if any.', max_length=200),
        ),
        migrations.AlterField(
            model_name='import',
            name='skipped',
            field=models.PositiveIntegerField(default=0, help_text='Skipped lines.'),
        ),
        migrations.AlterField(
            model_name='import',
            name='skipped_rows',
            field=models.JSONField(default=list, help_text='The first of these, as a list of {line, text, error}.'),
        ),
        migrations.AlterField(
            model_name='import',
            name='total',
            field=models.PositiveIntegerField(help_text='Accepted technologies.'),
        ),
        migrations.AlterField(
            model_name='lifecycledataversion',
            name='as_of',
            field=models.DateField(help_text='The date of the data.'),
        ),
        migrations.AlterField(
            model_name='lifecycledataversion',
            name='checked_at',
            field=models.DateTimeField(default=django.utils.timezone.now, help_text='When this was last confirmed as the newest.'),
        ),
        migrations.AlterField(
            model_name='lifecycledataversion',
            name='etag',
            field=models.CharField(blank=True, default='', help_text="The server's ETag for this content.", max_length=300),
        ),
        migrations.AlterField(
            model_name='lifecycledataversion',
            name='left_out',
            field=models.JSONField(blank=True, help_text='Parts of the document that were skipped.', null=True),
        ),
        migrations.AlterField(
            model_name='lifecycledataversion',
            name='url',
            field=models.CharField(blank=True, default='', help_text='Where the data was fetched.', max_length=300),
        ),
        migrations.AlterField(
            model_name='periodicrun',
            name='attempts',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Attempts since the last success.'),
        ),
        migrations.AlterField(
            model_name='periodicrun',
            name='not_before',
            field=models.DateTimeField(help_text='When the server asked to try again.', null=True),
        ),
        migrations.AlterField(
            model_name='periodicrun',
            name='problem',
            field=models.CharField(blank=True, db_default='', default='', help_text='Why the last attempt failed.', max_length=300),
        ),
        migrations.AlterField(
            model_name='release',
            name='has_ended',
            field=models.BooleanField(blank=True, help_text='Only if no end-of-life date is known.', null=True),
        ),
        migrations.AlterField(
            model_name='release',
            name='position',
            field=models.PositiveIntegerField(default=0, help_text='Order in the source, usually newest first.'),
        ),
        migrations.AlterField(
            model_name='submission',
            name='is_unchanged',
            field=models.BooleanField(default=False, help_text='Already on the list, without changes.'),
        ),
        migrations.AlterField(
            model_name='submission',
            name='line',
            field=models.PositiveIntegerField(blank=True, help_text='Line number in the import.', null=True),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='name',
            field=models.CharField(help_text='Its purpose, such as a calendar or dashboard.', max_length=100),
        ),
        migrations.AlterField(
            model_name='tech',
            name='level_override',
            field=models.CharField(blank=True, choices=[('critical', 'critical'), ('high', 'high'), ('medium', 'medium'), ('unknown', 'unknown'), ('low', 'low')], db_column='hand_level', default='', help_text='Replaces the computed level until the review.', max_length=8),
        ),
        migrations.AlterField(
            model_name='tech',
            name='level_since',
            field=models.DateTimeField(help_text='When the level last changed.'),
        ),
        migrations.AlterField(
            model_name='tech',
            name='override_review_on',
            field=models.DateField(blank=True, db_column='hand_review_on', help_text='The override ends on this day.', null=True, verbose_name='review on'),
        ),
        migrations.AlterField(
            model_name='tech',
            name='owner',
            field=models.CharField(blank=True, default='', help_text='The responsible team or person.', max_length=100),
        ),
        migrations.AlterField(
            model_name='tech',
            name='suggestions',
            field=models.JSONField(blank=True, default=list, help_text='Suggested names, best first.'),
        ),
        migrations.AlterField(
            model_name='tech',
            name='unversioned',
            field=models.BooleanField(db_column='evergreen', default=False, help_text='In-house or versionless: do not track it.'),
        ),
        migrations.AlterField(
            model_name='webhook',
            name='days_ahead',
            field=models.PositiveSmallIntegerField(default=30, help_text='Days before an end of life to send a message. 0: only send changes of level.', validators=[django.core.validators.MaxValueValidator(3650)]),
        ),
        migrations.AlterField(
            model_name='webhook',
            name='kind',
            field=models.CharField(choices=[('json', 'JSON, signed'), ('slack', 'Slack, or compatible')], default='json', max_length=5),
        ),
        migrations.AlterField(
            model_name='webhook',
            name='secret',
            field=models.CharField(default=techs.models.webhook.make_secret, editable=False, help_text='For verifying signatures.', max_length=100),
        ),
    ]
