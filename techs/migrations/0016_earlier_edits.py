"""Set edited_after for edits made before this version.

Only submissions that may still be processed matter: unfinished ones, and failed ones, which can be requeued. They are
few and found by an index. The migration may be stopped and run again at any point.
"""

from collections import defaultdict

from django.db import migrations

# Builds techs_tech.name_key, in every version so far.
from techs.rules.text import name_key

CHUNK = 500


def number_edits(apps, schema_editor):
    alias = schema_editor.connection.alias
    submissions = apps.get_model('techs', 'Submission').objects.using(alias)
    unfinished = submissions.filter(state__in=['queued', 'saved', 'failed']).order_by('pk')
    chunk = list(unfinished.values_list('pk', 'text', 'created_at')[:CHUNK])
    while chunk:
        _number_edits(apps.get_model('techs', 'Tech').objects.using(alias), chunk)
        chunk = list(unfinished.filter(pk__gt=chunk[-1][0]).values_list('pk', 'text', 'created_at')[:CHUNK])


def _number_edits(techs, submissions):
    by_name = defaultdict(list)
    for pk, text, created_at in submissions:
        by_name[name_key(text)].append((pk, created_at))
    edited = techs.filter(name_key__in=by_name, edited_at__isnull=False)
    for pk, name, edited_at in edited.values_list('pk', 'name_key', 'edited_at'):
        # Compare clocks this once, since nothing else tells which of the two came first.
        older = max((number for number, created_at in by_name[name] if created_at < edited_at), default=0)
        techs.filter(pk=pk, edited_after__lt=older).update(edited_after=older)


class Migration(migrations.Migration):

    # One transaction per row, so that writers of the previous version never wait.
    atomic = False

    dependencies = [
        ('techs', '0015_tech_edited_after'),
    ]

    operations = [
        migrations.RunPython(number_edits, migrations.RunPython.noop, elidable=True),
    ]
