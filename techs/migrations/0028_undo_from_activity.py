"""Turn the stored edits and removals into actions, which undo reads from now on.

Processes of the previous version write the old tables until all of them are updated. So the tables stay, without their
foreign keys, since a new process removes technologies without looking at them. The next version can drop techs_edit and
techs_removal: only processes of this one will run beside it, and they use neither.

The migration may be stopped and run again at any point: each action knows the edit or removal that it was made from.
"""

import json

import django.db.models.deletion
from django.db import migrations, models

# Builds techs_tech.name_key, in every version so far.
from techs.rules.text import name_key

from techs.migrations._operations import AddColumn

CHUNK = 500
# An edit of the row that replaced a removed one was stored in the same transaction.
ONE_TRANSACTION = 10  # seconds
REFERRING = ('level_changes', 'date_changes', 'submissions')
# Fields that activity records of a technology.
RECORDED = (
    *('name', 'impact', 'extended_support', 'owner', 'tags', 'note', 'unversioned'),
    *('level_override', 'override_review_on', 'kind', 'by_hand'),
)


def copy_to_actions(apps, schema_editor):
    alias = schema_editor.connection.alias
    history = _History(apps, alias)
    for removal in apps.get_model('techs', 'Removal').objects.using(alias).order_by('pk').iterator(CHUNK):
        history.add_removal(removal)
    for edit in apps.get_model('techs', 'Edit').objects.using(alias).order_by('pk').iterator(CHUNK):
        history.add_edit(edit)
    history.save()


class _History:
    """The actions to store, oldest first."""

    def __init__(self, apps, alias):
        self._actions = apps.get_model('techs', 'Action').objects.using(alias)
        self._changes = apps.get_model('techs', 'Change').objects.using(alias)
        self._change = apps.get_model('techs', 'Change')
        self._resolved = apps.get_model('techs', 'Resolved').objects.using(alias)
        self._names = dict(apps.get_model('techs', 'Tech').objects.using(alias).filter(
            pk__in=apps.get_model('techs', 'Edit').objects.using(alias).values('tech_id')
        ).values_list('pk', 'name'))
        self._found = []
        self._merges = []

    def add_removal(self, removal):
        row = json.loads(removal.row)[0]
        fields = {field: [row['fields'][field], None] for field in RECORDED if row['fields'].get(field)}
        undo = {'row': removal.row, 'former': str(removal.uuid)}
        undo |= {name: getattr(removal, name) for name in REFERRING}
        undo |= {'resolved': self._resolved_by(removal.name)} if removal.gave_way_to_id else {}
        changes = [self._of(row['pk'], removal.name, fields, undo)]
        self._found.append((removal.removed_at, 'resolved' if undo.get('resolved') else 'removed', changes))
        if removal.gave_way_to_id:
            self._merges.append((removal.gave_way_to_id, removal.removed_at, changes))

    def add_edit(self, edit):
        if edit.tech_id not in self._names:
            return
        fields = {field: [edit.before.get(field), after] for field, after in edit.after.items()}
        resolved = self._resolved_by(edit.before['name']) if 'name' in edit.before else None
        change = self._of(edit.tech_id, self._names[edit.tech_id], fields, {'resolved': resolved, 'former': str(edit.uuid)})
        for merge in self._merges:
            row, at, changes = merge
            if row == edit.tech_id and 0 <= (edit.made_at - at).total_seconds() < ONE_TRANSACTION:
                changes.append(change)
                self._merges.remove(merge)
                return
        self._found.append((edit.made_at, 'resolved' if resolved else 'changed', [change]))

    def save(self):
        for at, kind, changes in sorted(self._found, key=lambda found: found[0]):
            if self._changes.filter(undo__former=changes[0].undo['former']).exists():
                continue
            action = self._actions.create(kind=kind, count=len(changes), at=at, keeps_undo=True)
            for change in changes:
                change.action, change.at = action, at
                change.save(force_insert=True, using=self._changes.db)

    def _of(self, pk, name, fields, undo):
        return self._change(object='technology', object_id=pk, name=name, fields=fields, undo=undo)

    def _resolved_by(self, name):
        """Return the entry of a version that somebody changed by hand, if there is one."""
        entries = self._resolved.filter(name_key=name_key(name), upload=None, returned_at=None)
        entry = entries.order_by('-pk').first()
        return entry.pk if entry and any('by' in move for move in entry.moves) else None


def remove_dangling(apps, schema_editor):
    """Make the foreign keys of the old tables valid again."""
    alias = schema_editor.connection.alias
    techs = apps.get_model('techs', 'Tech').objects.using(alias)
    apps.get_model('techs', 'Edit').objects.using(alias).exclude(tech_id__in=techs.values('pk')).delete()
    removals = apps.get_model('techs', 'Removal').objects.using(alias).exclude(gave_way_to_id=None)
    removals.exclude(gave_way_to_id__in=techs.values('pk')).update(gave_way_to_id=None)


def forget_models(apps, schema_editor):
    """Delete the content types and permissions of the former models. Reversing creates them again."""
    types = apps.get_model('contenttypes', 'ContentType').objects.using(schema_editor.connection.alias)
    types.filter(app_label='techs', model__in=('edit', 'removal')).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('techs', '0027_activity'),
    ]

    operations = [
        AddColumn(
            model_name='action',
            name='keeps_undo',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text='Its changes hold the values that undo needs.'),
        ),
        migrations.AddIndex(
            model_name='action',
            index=models.Index(fields=['keeps_undo', 'at'], name='action_undo'),
        ),
        migrations.AlterField(
            model_name='edit',
            name='tech',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='edits', to='techs.tech'),
        ),
        migrations.AlterField(
            model_name='removal',
            name='gave_way_to',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replaced', to='techs.tech'),
        ),
        migrations.RunPython(copy_to_actions, remove_dangling, elidable=True),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel('Edit'),
                migrations.DeleteModel('Removal'),
            ],
        ),
        migrations.RunPython(forget_models, migrations.RunPython.noop, elidable=True),
    ]
