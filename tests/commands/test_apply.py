"""`podium apply`: a file is applied as a whole or not at all, and errors name their line."""

from pathlib import Path

import pytest

from models.errors import PodiumError
from tests.commands.conftest import Podium

FILE = """\
primitives:
  - kind: agent
    slug: scout
    name: Scout
    spec: {runner: {type: simulated, durationMs: 1}}
automations:
  - slug: nightly
    name: Nightly
    primitive: {kind: agent, slug: scout}
    source: schedule
    schedule:
      cronExpr: "0 22 * * *"
      timezone: Europe/Berlin
  - slug: on-push
    name: On push
    primitive: {kind: agent, slug: scout}
    source: webhook
    webhook: {path: on-push, verification: github, secret: hush}
dependencies:
  - {automation: on-push, dependsOn: nightly}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "platform.yaml"
    file.write_text(FILE)
    return file


def refusal(podium: Podium, *words: str) -> str:
    error = podium(*words, fails=True).exception
    assert isinstance(error, PodiumError), repr(error)
    return error.detail


def test_a_file_is_applied_updated_unchanged_and_pruned(podium: Podium, file: Path) -> None:
    own = ("--project", "growth")
    assert "4 created" in podium("apply", str(file), *own).output
    assert "4 unchanged" in podium("apply", str(file), *own).output
    file.write_text(FILE.replace("0 22", "30 22").replace("secret: hush", "secret: other"))
    changed = podium("apply", str(file), *own).output
    assert "update automation nightly" in changed
    assert 'schedule.cronExpr: "0 22 * * *" -> "30 22 * * *"' in changed
    assert "webhook.secret" in changed
    assert "other" not in changed
    head = FILE.partition("automations:")[0]
    file.write_text(head)
    assert "archived" not in podium("apply", str(file), *own).output
    assert "2 archived" in podium("apply", str(file), "--prune", "--yes", *own).output
    assert "Nightly" not in podium("list").output
    assert "Nightly" in podium("list", "--archived").output


def test_a_dry_run_prints_the_plan_and_changes_nothing(podium: Podium, file: Path) -> None:
    told = podium("apply", str(file), "--dry-run").output
    assert "+ create automation nightly" in told
    assert "Dry run, nothing changed: 4 created" in told
    assert "0 automations" in podium("list").output


def test_the_project_option_decides_the_owner(podium: Podium, file: Path) -> None:
    podium("apply", str(file), "--project", "team-a")
    assert '"managedBy": "team-a"' in podium("list", "--json").output
    podium("apply", str(file), "--project", "team-b", "--take-over")
    assert '"managedBy": "team-b"' in podium("list", "--json").output


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"0 22 * * *"', '"61 22 * * *"', ":12: automations[0].schedule.cronExpr: "),
        ("Europe/Berlin", "Europe/Berlinn", ":13: automations[0].schedule.timezone: "),
        ("durationMs: 1", "durationMs: -1", ":5: primitives[0].spec.runner.durationMs: "),
        ("    name: Nightly\n", "", ":7: automations[0].name: "),
        ("    name: Nightly\n", "    name: Nightly\n    colour: red\n", ":9: automations[0].colour: "),
        ("dependsOn: nightly", "dependsOn: nobody", ":20: dependencies[0].dependsOn: "),
        (
            "slug: scout}\n    source: webhook",
            "slug: nobody}\n    source: webhook",
            ":16: automations[1].primitive.slug",
        ),
        ("dependencies:", "deps:", ":19: deps is not known"),
        ("    slug: scout\n", "    slug: scout\n    slug: scout\n", ":4: 'slug' comes twice"),
        ("  - slug: nightly", "  - slug: [nightly", ":8: "),
        ("durationMs: 1", f"output: {'[' * 3000}{']' * 3000}", ":5: nested too deeply"),
        ("durationMs: 1", f"output: {'[' * 100}{']' * 100}", ":5: nested too deeply"),
    ],
)
def test_an_invalid_file_changes_nothing_and_names_line_and_field(
    podium: Podium, file: Path, old: str, new: str, told: str
) -> None:
    assert old in FILE
    file.write_text(FILE.replace(old, new))
    assert f"{file}{told}" in refusal(podium, "apply", str(file))
    assert "0 automations" in podium("list").output
    assert podium("apply", str(file.with_name("platform.yaml")), "--dry-run", fails=True).exit_code == 1


def test_every_invalid_field_has_its_line(podium: Podium, file: Path) -> None:
    file.write_text(FILE.replace("    name: Nightly\n", "").replace("    name: On push\n", ""))
    told = refusal(podium, "apply", str(file))
    assert f"{file}:7: automations[0].name" in told
    assert f"{file}:13: automations[1].name" in told


def test_a_missing_file_is_reported(podium: Podium, tmp_path: Path) -> None:
    assert "cannot be read" in refusal(podium, "apply", str(tmp_path / "nowhere.yaml"))


def test_files_of_the_same_name_do_not_archive_each_other(podium: Podium, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        text = (
            FILE.replace("scout", f"scout-{name}")
            .replace("nightly", f"nightly-{name}")
            .replace("on-push", f"push-{name}")
        )
        (tmp_path / name / "podium.yaml").write_text(text)
        podium("apply", str(tmp_path / name / "podium.yaml"))
    assert "--prune needs a project" in refusal(
        podium, "apply", str(tmp_path / "b" / "podium.yaml"), "--prune", "--yes"
    )
    assert "4 automations" in podium("list").output


def test_prune_asks_for_confirmation_with_the_number(podium: Podium, file: Path) -> None:
    file.write_text("project: growth\n" + FILE)
    podium("apply", str(file))
    file.write_text("project: growth\n" + FILE.partition("automations:")[0])
    asked = podium("apply", str(file), "--prune", fails=True)
    assert asked.exit_code == 1
    assert "Archive 3 things that growth no longer declares?" in asked.output
    assert "2 automations" in podium("list").output


def test_an_export_applied_again_changes_nothing(podium: Podium, file: Path) -> None:
    file.write_text("project: growth\n" + FILE)
    podium("apply", str(file))
    file.write_text(podium("export", "--project", "growth").stdout)
    assert "4 unchanged" in podium("apply", str(file)).output
