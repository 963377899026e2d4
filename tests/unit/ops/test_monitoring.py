"""Rules, dashboard and configuration fit the metrics that the processes really have, and each other."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import CollectorRegistry

from api.census import CensusMetrics
from api.live.metrics import LiveMetrics
from api.metrics import ApiMetrics
from notifier.metrics import NotifierMetrics
from pull.metrics import PullMetrics
from runtime.metrics import LoopLag, new_registry
from runtime.ops_server import PORTS
from stream.incident_metrics import IncidentMetrics
from stream.metrics import StreamMetrics

ROOT = Path(__file__).resolve().parents[3]
OPS = ROOT / "ops"
RULES = sorted((OPS / "prometheus" / "rules").glob("*.yml"))
# What Prometheus adds to every series, and what the exposition adds.
ADDED = {"job", "instance", "le"}
FROM_PROMETHEUS = {"up": set[str]()}


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _metrics() -> dict[str, set[str]]:
    """Every series name that a process can expose, with its labels."""
    registry: CollectorRegistry = new_registry("test")
    for made in (
        StreamMetrics,
        IncidentMetrics,
        ApiMetrics,
        CensusMetrics,
        LiveMetrics,
        NotifierMetrics,
        PullMetrics,
        LoopLag,
    ):
        made(registry)
    known: dict[str, set[str]] = dict(FROM_PROMETHEUS)
    for name, collector in registry._names_to_collectors.items():
        known[name] = set(getattr(collector, "_labelnames", ()))
    for family in registry.collect():
        for sample in family.samples:
            known.setdefault(sample.name, set(sample.labels))
    return known


def _alerts() -> Iterator[dict[str, Any]]:
    for file in RULES:
        for group in _load(file)["groups"]:
            yield from group["rules"]


def _panels() -> list[dict[str, Any]]:
    board = json.loads((OPS / "grafana" / "dashboards" / "waywarden.json").read_text(encoding="utf-8"))
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def _queries() -> Iterator[tuple[str, str]]:
    for alert in _alerts():
        yield alert["alert"], alert["expr"]
    for panel in _panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "1m")


def _parts(node: Any) -> Iterator[Any]:
    """Walk a parsed expression."""
    yield node
    for name in ("lhs", "rhs", "expr", "vector_selector", "param"):
        if (child := getattr(node, name, None)) is not None:
            yield from _parts(child)
    if isinstance(node, promql_parser.Call):
        for argument in node.args:
            yield from _parts(argument)


def faults(expression: str, known: dict[str, set[str]]) -> list[str]:
    """Say what an expression uses that no process has."""
    found = []
    tree = promql_parser.parse(expression)
    for node in _parts(tree):
        if isinstance(node, promql_parser.VectorSelector):
            if node.name not in known:
                found.append(f"no metric {node.name}")
                continue
            for matcher in node.matchers.matchers:
                if matcher.name not in known[node.name] | ADDED:
                    found.append(f"{node.name} has no label {matcher.name}")
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            below = [part.name for part in _parts(node.expr) if isinstance(part, promql_parser.VectorSelector)]
            for label in node.modifier.labels:
                if not any(label in known.get(name, set()) | ADDED for name in below):
                    found.append(f"{', '.join(below)}: no label {label} to group by")
    return found


@pytest.mark.parametrize(("where", "expression"), list(_queries()))
def test_every_query_asks_for_what_there_is(where: str, expression: str) -> None:
    assert faults(expression, _metrics()) == [], where


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("sum(rate(waywarden_no_such_total[5m]))", "no metric"),
        ('waywarden_live_clients{color="red"}', "no label color"),
        ("sum by (color) (waywarden_live_clients)", "no label color"),
    ],
)
def test_the_check_itself_finds_mistakes(expression: str, fault: str) -> None:
    assert any(fault in one for one in faults(expression, _metrics()))


def test_every_alert_is_tested_and_has_its_section_in_the_runbook() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    anchors = {heading.lower() for heading in re.findall(r"^## (\w+)$", runbook, re.MULTILINE)}
    tested = {test["name"] for file in (OPS / "prometheus" / "tests").glob("*.yml") for test in _load(file)["tests"]}
    names = set()
    for alert in _alerts():
        name = alert["alert"]
        names.add(name)
        assert {f"{name} fires", f"{name} stays quiet"} <= tested, name
        assert alert["labels"]["severity"] in ("warning", "critical")
        assert alert["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"
        assert name.lower() in anchors, f"docs/runbook.md has no section {name}"
    assert anchors == {name.lower() for name in names}, "the runbook has sections of alerts that are gone"


def test_alertmanager_speaks_only_of_alerts_that_exist() -> None:
    text = (OPS / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8")
    named = {name for name in re.findall(r"Waywarden\w+", text)}
    assert named <= {alert["alert"] for alert in _alerts()}


def test_the_dashboard_is_what_its_script_gives() -> None:
    spec = importlib.util.spec_from_file_location("grafana_build", OPS / "grafana" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert json.loads(module.FILE.read_text(encoding="utf-8")) == module.build()


def test_panels_have_a_place_of_their_own_and_the_provisioned_source() -> None:
    (source,) = _load(OPS / "grafana" / "provisioning" / "datasources" / "prometheus.yml")["datasources"]
    board = json.loads((OPS / "grafana" / "dashboards" / "waywarden.json").read_text(encoding="utf-8"))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in _panels():
        assert panel["datasource"]["uid"] == source["uid"]
        assert panel["targets"], panel["title"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_prometheus_looks_where_compose_and_the_processes_say() -> None:
    compose = _load(ROOT / "docker-compose.yml")["services"]
    scraped = {}
    for job in _load(OPS / "prometheus" / "prometheus.yml")["scrape_configs"]:
        for found in job.get("dns_sd_configs", ()):
            (name,) = found["names"]
            assert job["job_name"] == f"waywarden-{name}"
            assert name in compose
            scraped[name] = found["port"]
    assert scraped == {name: PORTS[name] for name in ("worker", "api", "live", "notifier", "pull")}
    mounts = {mount for name in ("prometheus", "alertmanager", "grafana") for mount in compose[name]["volumes"]}
    for mount in mounts:
        source = mount.partition(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).is_dir(), f"docker-compose.yml mounts {source}, which is not there"


def _run(*command: str | Path) -> None:
    program = shutil.which(str(command[0]))
    if program is None:
        pytest.skip(f"{command[0]} is not installed: apt-get install prometheus prometheus-alertmanager")
    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.promtool
def test_the_rules_fire_when_they_must_and_not_when_they_must_not() -> None:
    _run("promtool", "check", "config", OPS / "prometheus" / "prometheus.yml")
    _run("promtool", "test", "rules", *sorted((OPS / "prometheus" / "tests").glob("*.yml")))


@pytest.mark.promtool
def test_alertmanager_takes_its_configuration() -> None:
    _run("amtool", "check-config", OPS / "alertmanager" / "alertmanager.yml")
