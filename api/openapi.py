"""The description of the API: OpenAPI 3.1 made from the routes, and a page of our own to read it.

Invariant: a route that is registered is described, and nothing else is. May import: pydantic, api.routes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import msgspec
from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.problems import PROBLEM_JSON
from api.routes import Auth, Route

_REF = "#/components/schemas/{model}"


class ProblemBody(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None
    errors: list[dict[str, str]] | None = None


def describe(routes: Iterable[Route], version: str, server: str) -> dict[str, Any]:
    """Give the OpenAPI 3.1 document of the routes."""
    shown = [entry for entry in routes if not entry.hidden]
    inputs = [model for entry in shown for model in (entry.body, entry.query) if model]
    outputs = [model for entry in shown for model in entry.answers.values() if isinstance(model, type)]
    wanted = [(model, "validation") for model in inputs] + [(model, "serialization") for model in outputs]
    wanted.append((ProblemBody, "serialization"))
    unique = list(dict.fromkeys(wanted))
    by_model, definitions = models_json_schema(unique, ref_template=_REF)  # type: ignore[arg-type]
    schemas = definitions.get("$defs", {})
    paths: dict[str, dict[str, Any]] = {}
    for entry in shown:
        paths.setdefault(entry.plain_path, {})[entry.method.lower()] = _operation(entry, by_model, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Waywarden",
            "version": version,
            "description": "Parcels watched for the people who wait for them. Errors are problem+json.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "ww_session"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
                "key": {"type": "http", "scheme": "bearer", "bearerFormat": "wk_<id>_<secret>"},
            },
        },
    }


def _operation(entry: Route, by_model: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    words = [entry.method.lower(), *(part.strip("{}") for part in entry.plain_path.split("/") if part)]
    operation: dict[str, Any] = {
        "operationId": "_".join(word.replace(".", "_").replace("-", "_") for word in words),
        "summary": entry.summary,
        "tags": [entry.tag or "pages"],
        "description": f"{entry.description}\n\nWho may call: {entry.auth.value.name}.".strip(),
        "responses": {},
    }
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in entry.parameters
    ]
    parameters += [
        {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}
        for name, text in entry.headers.items()
    ]
    if entry.query:
        schema = schemas[by_model[(entry.query, "validation")]["$ref"].rpartition("/")[2]]
        required = schema.get("required", [])
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": part}
            for name, part in schema.get("properties", {}).items()
        ]
    if parameters:
        operation["parameters"] = parameters
    if entry.body:
        content = {"application/json": {"schema": by_model[(entry.body, "validation")]}}
        operation["requestBody"] = {"required": True, "content": content}
    elif entry.takes:
        operation["requestBody"] = {"required": True, "content": {media: {} for media in entry.takes}}
    for status, answer in sorted(entry.answers.items()):
        response: dict[str, Any] = {"description": "Done" if status < 400 else "Refused"}
        if isinstance(answer, str):
            response["content"] = {answer: {}}
        elif answer is not None:
            response["content"] = {"application/json": {"schema": by_model[(answer, "serialization")]}}
        operation["responses"][str(status)] = response
    operation["responses"]["default"] = {
        "description": "A problem",
        "content": {PROBLEM_JSON: {"schema": {"$ref": _REF.format(model="ProblemBody")}}},
    }
    security = _security(entry)
    if security is not None:
        operation["security"] = security
    return operation


def _security(entry: Route) -> list[dict[str, list[str]]] | None:
    rule = entry.auth.value
    if rule.anybody:
        return []
    ways: list[dict[str, list[str]]] = []
    if rule.role is not None:
        ways.append({"session": []} if entry.method in ("GET", "HEAD") else {"session": [], "csrf": []})
    if rule.keys:
        ways.append({"key": []})
    return ways


def pages(described: Sequence[Route], version: str, server: str) -> tuple[Route, ...]:
    """Give the two routes that show the description."""
    document = describe(described, version, server)
    as_json = msgspec.json.encode(document)
    as_page = _page(document)

    async def openapi_json(call: Any) -> web.Response:
        return web.Response(body=as_json, content_type="application/json", headers={"Cache-Control": "max-age=60"})

    async def docs(call: Any) -> web.Response:
        return web.Response(text=as_page, content_type="text/html", headers={"Cache-Control": "max-age=60"})

    return (
        Route(
            method="GET", path="/openapi.json", handler=openapi_json, auth=Auth.PUBLIC, summary="Document", hidden=True
        ),
        Route(method="GET", path="/docs", handler=docs, auth=Auth.PUBLIC, summary="Page", hidden=True),
    )


def _page(document: dict[str, Any]) -> str:
    parts: list[str] = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parts.append(
                f"<article id='{escape(operation['operationId'])}'>"
                f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
                f"<p><strong>{escape(operation['summary'])}</strong></p>"
                f"<p class=description>{escape(operation['description'])}</p>{_parameters(operation)}"
                f"{_bodies(operation)}</article>"
            )
    contents = "".join(
        f"<li><a href='#{escape(operation['operationId'])}'><code>{method.upper()} {escape(path)}</code></a> "
        f"{escape(operation['summary'])}</li>"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    )
    schemas = "".join(
        f"<section id='schema-{escape(name)}'><h3><code>{escape(name)}</code></h3>"
        f"<pre tabindex=0>{_pretty(schema)}</pre></section>"
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Waywarden API</title>"
        "<meta name=viewport content='width=device-width, initial-scale=1'><style>"
        ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
        "padding:0 1rem}nav ul{list-style:none;padding:0}"
        "article{border-top:1px solid #8886;padding:.5rem 0}h2{font-size:1.1rem}"
        "pre{overflow:auto;font-size:.85rem}.description{white-space:pre-line}td,th{text-align:left;padding:0 1rem 0 0}"
        "</style></head><body><main><h1>Waywarden API</h1><p>Machine-readable: "
        "<a href='/openapi.json'>/openapi.json</a></p>"
        f"<nav aria-label='Contents'><ul>{contents}</ul></nav>{''.join(parts)}"
        f"<h2>Schemas</h2>{schemas}</main></body></html>"
    )


def _pretty(value: Any) -> str:
    return escape(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _parameters(operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{each['in']}</td>"
        f"<td>{'required' if each['required'] else 'optional'}</td></tr>"
        for each in operation.get("parameters", ())
    )
    return f"<table><tbody>{rows}</tbody></table>" if rows else ""


def _bodies(operation: dict[str, Any]) -> str:
    lines: list[str] = []
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        lines.append(f"<p>Takes {escape(media)} {_schema_link(content)}</p>")
    for status, response in operation["responses"].items():
        for media, content in response.get("content", {}).items():
            lines.append(f"<p>{escape(status)}: {escape(media)} {_schema_link(content)}</p>")
    return "".join(lines)


def _schema_link(content: dict[str, Any]) -> str:
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return f"<a href='#schema-{escape(name)}'><code>{escape(name)}</code></a>" if name else ""
