"""Actions, their changes, and the actors of submissions, imports and uploads."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from techs.migrations._operations import AddColumn


class Migration(migrations.Migration):

    dependencies = [
        ('techs', '0026_hash_tokens'),
    ]

    operations = [
        AddColumn(
            model_name='import',
            name='actor',
            field=models.CharField(blank=True, db_default='', default='', editable=False, help_text='Name of the user.', max_length=150),
        ),
        AddColumn(
            model_name='import',
            name='actor_kind',
            field=models.CharField(blank=True, choices=[('user', 'User'), ('token', 'API token'), ('worker', 'Worker'), ('command', 'Command'), ('anonymous', 'Anonymous')], db_default='', default='', editable=False, max_length=9),
        ),
        AddColumn(
            model_name='import',
            name='request_id',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
        AddColumn(
            model_name='import',
            name='via',
            field=models.CharField(blank=True, db_default='', default='', editable=False, help_text='Token or command.', max_length=100),
        ),
        AddColumn(
            model_name='submission',
            name='actor',
            field=models.CharField(blank=True, db_default='', default='', editable=False, help_text='Name of the user.', max_length=150),
        ),
        AddColumn(
            model_name='submission',
            name='actor_kind',
            field=models.CharField(blank=True, choices=[('user', 'User'), ('token', 'API token'), ('worker', 'Worker'), ('command', 'Command'), ('anonymous', 'Anonymous')], db_default='', default='', editable=False, max_length=9),
        ),
        AddColumn(
            model_name='submission',
            name='request_id',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
        AddColumn(
            model_name='submission',
            name='via',
            field=models.CharField(blank=True, db_default='', default='', editable=False, help_text='Token or command.', max_length=100),
        ),
        AddColumn(
            model_name='upload',
            name='actor',
            field=models.CharField(blank=True, db_default='', default='', editable=False, help_text='Name of the user.', max_length=150),
        ),
        AddColumn(
            model_name='upload',
            name='actor_kind',
            field=models.CharField(blank=True, choices=[('user', 'User'), ('token', 'API token'), ('worker', 'Worker'), ('command', 'Command'), ('anonymous', 'Anonymous')], db_default='', default='', editable=False, max_length=9),
        ),
        AddColumn(
            model_name='upload',
            name='request_id',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
        AddColumn(
            model_name='upload',
            name='via',
            field=models.CharField(blank=True, db_default='', default='', editable=False, help_text='Token or command.', max_length=100),
        ),
        migrations.CreateModel(
            name='Action',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor_kind', models.CharField(blank=True, choices=[('user', 'User'), ('token', 'API token'), ('worker', 'Worker'), ('command', 'Command'), ('anonymous', 'Anonymous')], db_default='', default='', editable=False, max_length=9)),
                ('actor', models.CharField(blank=True, db_default='', default='', editable=False, help_text='Name of the user.', max_length=150)),
                ('via', models.CharField(blank=True, db_default='', default='', editable=False, help_text='Token or command.', max_length=100)),
                ('request_id', models.CharField(blank=True, db_default='', default='', editable=False, max_length=64)),
                ('kind', models.CharField(choices=[('added', 'Added'), ('changed', 'Changed'), ('removed', 'Removed'), ('resolved', 'Resolved'), ('undone', 'Undone'), ('imported', 'Imported'), ('uploaded', 'Uploaded'), ('archived', 'Archived'), ('restored', 'Restored'), ('revoked', 'Revoked'), ('requeued', 'Requeued'), ('updated', 'Updated')], max_length=10)),
                ('count', models.PositiveIntegerField(help_text='Changed objects.')),
                ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('undone_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [
                    models.Index(fields=['actor', 'at'], name='action_actor'),
                    models.Index(fields=['actor_kind', 'at'], name='action_actor_kind'),
                    models.Index(fields=['kind', 'at'], name='action_kind'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object', models.CharField(choices=[('technology', 'Technology'), ('service', 'Service'), ('source', 'Source'), ('submission', 'Submission'), ('webhook', 'Webhook'), ('delivery', 'Delivery'), ('subscription', 'Subscription'), ('token', 'API token'), ('user', 'User'), ('group', 'Group'), ('product', 'Product'), ('lifecycle data', 'Lifecycle Data')], max_length=14)),
                ('object_id', models.BigIntegerField()),
                ('service_id', models.BigIntegerField(help_text='The service that the change concerns.', null=True)),
                ('name', models.CharField(max_length=200)),
                ('fields', models.JSONField(default=dict, help_text='Values before and after, by field. Computed ones are left out.')),
                ('undo', models.JSONField(editable=False, help_text='More values that undo needs, kept as long as it works.', null=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('action', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='techs.action')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [
                    models.Index(fields=['object', 'object_id', 'at', 'action'], name='change_object'),
                    models.Index(fields=['service_id', 'at', 'action'], name='change_service'),
                    models.Index(fields=['name'], name='change_name'),
                ],
            },
        ),
    ]
