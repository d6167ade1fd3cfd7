"""Ranges of an imported file: preview, stored row and dry run agree."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from techs.imports import service
from techs.imports.manifests import read
from techs.models import Submission, Tech
from techs.submissions import batches

pytestmark = pytest.mark.django_db(transaction=True)

FILES = {
    "package.json": json.dumps(
        {"engines": {"node": ">=18"}, "dependencies": {"express": "^4.1.0", "react": "17 || 18", "next": "13.4.1"}}
    ),
    "pyproject.toml": '[project]\nrequires-python = ">=3.9"\ndependencies = ["django>=3.2,<4"]\n',
}
LEVELS = {
    "Node.js >=18": "low RANGE_FLOOR",
    "Express ^4.1.0": "low BEHIND",
    "React 17 || 18": "medium EOAS_LONG",
    "Next.js 13.4.1": "critical EOL_PAST",
    "Python >=3.9": "low RANGE_FLOOR",
    "Django >=3.2,<4": "critical EOL_PAST",
}


@pytest.mark.parametrize("name", FILES)
def test_preview_row_and_dry_run_agree(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = read(name, FILES[name].encode())
    previewed = {
        line.tech.name: (line.tech.level, line.tech.score, line.tech.reasons) for line in service.preview(manifest)
    }

    service.accept(manifest)
    assert batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=60) == []
    stored = {tech.name: (tech.level, tech.score, tech.reasons) for tech in Tech.objects.all()}

    (tmp_path / name).write_text(FILES[name])
    call_command("assess", "--format", "jsonl", str(tmp_path / name))
    rows = map(json.loads, capsys.readouterr().out.splitlines())
    printed = {row["text"]: (row["priority"], row["score"], row["reasons"]) for row in rows}

    assert previewed == stored == printed
    known = {text: level for text, level in LEVELS.items() if text in stored}
    assert {text: f"{stored[text][0]} {stored[text][2][0]['code']}" for text in known} == known
    assert known
