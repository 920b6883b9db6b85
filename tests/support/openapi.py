"""A vendor's published API file, asked about one request and the reply to it.

Not openapi-core (0.23.1 was tried): it is fast enough, but it cannot read Stripe's forms (`expand[]=x` and
`items[0][price]=x` end in DeserializeError for every Stripe body), it demands the credential that the gateway adds
later, it stops at the first fault, and it does not tell an undeclared field from a declared one. So the `jsonschema`
package validates, and this module finds the operation and reads forms.

What is not judged: header parameters, credentials, bodies that are neither JSON nor a form.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import yaml

from support.schemas import Schema, Schemas, converted, faults
from trunkline_contracts.http import HttpRequest, HttpResponse

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
SALESFORCE_HOSTS = (
    *("login.salesforce.com", "test.salesforce.com"),
    *("{org}.my.salesforce.com", "{org}.sandbox.my.salesforce.com", "{org}.develop.my.salesforce.com"),
)
METHODS = ("get", "put", "post", "patch", "delete")
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Fields:
    """Named values that were sent as text: a query, a form, the variables of a path."""

    schemas: Schemas
    schema: Schema
    deep: frozenset[str]

    @cached_property
    def _validator(self) -> Any:
        return self.schemas.validator(self.schema)

    def faults(self, pairs: Pairs) -> Iterator[str]:
        """What is wrong with the values, and which of them are not declared."""
        value = {name: self._read(name, text) for name, text in nested(pairs, self.deep).items()}
        yield from faults(self._validator, value)
        yield from (f"{path}: is not declared" for path in self.schemas.undeclared(self.schema, value))

    def _read(self, name: str, text: Any) -> Any:
        """A list that is not sent deep is its name repeated, or once."""
        schema = self.schema["properties"].get(name, {})
        if isinstance(text, str) and name not in self.deep and self.schemas.is_list(schema):
            text = [text]
        return self.schemas.read(schema, text)


def nested(pairs: Pairs, deep: Iterable[str]) -> dict[str, Any]:
    """`a[b][0]=v` as data, for the names that are sent so; what is sent twice becomes a list."""
    tree: dict[str, Any] = {}
    for key, text in pairs:
        name = key.partition("[")[0]
        path = re.split(r"\]?\[", key.removesuffix("]")) if name in deep else [key]
        _put(tree, path, text)
    return tree


def _put(tree: dict[str, Any], path: list[str], text: str) -> None:
    *parents, last = path
    for key in parents:
        child = tree.get(key)
        tree[key] = tree = child if isinstance(child, dict) else {}
    last = last or str(len(tree))
    earlier = tree.get(last)
    tree[last] = text if earlier is None else [*(earlier if isinstance(earlier, list) else [earlier]), text]


class Operation:
    """A method on a path, and what the file says of it."""

    def __init__(self, name: str, schemas: Schemas, parameters: list[Schema], described: Schema) -> None:
        self.name = name
        self._schemas = schemas
        self._query = _fields(schemas, [one for one in parameters if one["in"] == "query"])
        self._variables = _fields(schemas, [one for one in parameters if one["in"] == "path"])
        self._body: Schema = described.get("requestBody", {})
        self._replies: Schema = described.get("responses", {})

    def request_faults(self, request: HttpRequest, variables: Pairs) -> Iterator[str]:
        """What is wrong with the variables of the path, the query and the body."""
        query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
        # Stripe's libraries send the form of a DELETE as its query.
        fields = self._form if request.method == "DELETE" and self._takes_form and query else self._query
        yield from (f"request path: {fault}" for fault in self._variables.faults(variables))
        yield from (f"request query: {fault}" for fault in fields.faults(query))
        yield from (f"request body: {fault}" for fault in self._body_faults(request))

    def _body_faults(self, request: HttpRequest) -> Iterator[str]:
        kind, contents = _content_type(request), self._body.get("content", {})
        if not request.body:
            yield from self._empty_body_faults()
        elif kind not in contents:
            yield f"{kind or 'no type'} was sent, of the types {sorted(contents)}" if contents else "none is declared"
        elif kind == JSON:
            yield from self._json_faults(request.body)
        elif kind == FORM:
            pairs = parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True)
            yield from self._form.faults(pairs)

    def _empty_body_faults(self) -> Iterator[str]:
        """An empty form is a form, from which required fields are missing."""
        if self._takes_form:
            yield from self._form.faults([])
        elif self._body.get("required"):
            yield "is required"

    @property
    def _takes_form(self) -> bool:
        return FORM in self._body.get("content", {})

    @cached_property
    def _form(self) -> Fields:
        content = self._body["content"][FORM]
        styles = content.get("encoding", {}).items()
        deep = frozenset(name for name, encoding in styles if encoding.get("style") == "deepObject")
        return Fields(self._schemas, {"properties": {}, **converted(content.get("schema", {}))}, deep)

    def _json_faults(self, body: bytes) -> Iterator[str]:
        schema = converted(self._body["content"][JSON].get("schema", {}))
        try:
            value = json.loads(body)
        except ValueError:
            yield "is not JSON"
            return
        yield from faults(self._schemas.validator(schema), value)
        yield from (f"{path}: is not declared" for path in self._schemas.undeclared(schema, value))

    def reply_faults(self, response: HttpResponse) -> Iterator[str]:
        """What is wrong with the reply's status and JSON; what is not declared may be there all the same."""
        status = str(response.status)
        described = self._replies.get(status, self._replies.get("default"))
        if described is None:
            yield f"reply {status}: the status is not documented"
        elif JSON in described.get("content", {}):
            schema = described["content"][JSON].get("schema", {})
            yield from (f"reply {status} body: {fault}" for fault in self._reply_body_faults(schema, response))

    def _reply_body_faults(self, schema: Schema, response: HttpResponse) -> list[str]:
        try:
            value = json.loads(response.body)
        except ValueError:
            return ["is not JSON"]
        return faults(self._schemas.validator(converted(schema)), value)


def _fields(schemas: Schemas, parameters: list[Schema]) -> Fields:
    """The object that the parameters are together."""
    schema = {
        "properties": {one["name"]: converted(one.get("schema", {})) for one in parameters},
        "required": [one["name"] for one in parameters if one.get("required")],
    }
    return Fields(schemas, schema, frozenset(one["name"] for one in parameters if one.get("style") == "deepObject"))


def _content_type(request: HttpRequest) -> str:
    sent = {name.lower(): value for name, value in request.headers.items()}.get("content-type", "")
    return sent.partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Match:
    """Where in a document a request leads: to a path, and maybe to an operation on it."""

    template: str
    variables: Pairs
    operation: Operation | None


class Document:
    """One file; operations are prepared when they are first asked for."""

    def __init__(self, content: Schema) -> None:
        self._components: Schema = content.get("components", {})
        self._paths: Schema = content["paths"]
        self._schemas = Schemas(self._components.get("schemas", {}))
        self._servers = [_server_pattern(server) for server in content["servers"]]
        # A path without variables goes before one with a variable in the same place.
        templates = sorted(self._paths, key=lambda template: (template.count("{"), -len(template)))
        self._patterns = {template: _pattern(template) for template in templates}
        self._operations: dict[str, Operation] = {}

    @classmethod
    def read(cls, path: Path) -> "Document":
        """The document of a JSON or YAML file, which may also be a Postman collection."""
        content = _content(path)
        return cls(content if "paths" in content else from_postman(content))

    def serves(self, url: str) -> str | None:
        """The path below the server that the URL names, or None."""
        bare = url.partition("?")[0]
        found = (server.match(bare) for server in self._servers)
        return next(("/" + match["path"].lstrip("/") for match in found if match), None)

    def match(self, method: str, path: str) -> Match | None:
        """The most literal of the paths that fit; a file may write one path twice, with other names."""
        fitting = [
            (template, found) for template, pattern in self._patterns.items() if (found := pattern.fullmatch(path))
        ]
        fitting = [pair for pair in fitting if pair[0].count("{") == fitting[0][0].count("{")]
        taking = [pair for pair in fitting if method.lower() in self._paths[pair[0]]]
        if not fitting:
            return None
        template, found = (taking or fitting)[0]
        variables = list(zip(_names(template), map(unquote, found.groups()), strict=True))
        return Match(template, variables, self._operation(method, template))

    def _operation(self, method: str, template: str) -> Operation | None:
        item = self._paths[template]
        if method.lower() not in METHODS or method.lower() not in item:
            return None
        name = f"{method} {template}"
        if name not in self._operations:
            described = item[method.lower()]
            self._operations[name] = Operation(
                name, self._schemas, self._parameters(item, described, template), described
            )
        return self._operations[name]

    def _parameters(self, item: Schema, described: Schema, template: str) -> list[Schema]:
        """A path's own parameters and an operation's; a variable that none describes is text."""
        stated = [*item.get("parameters", []), *described.get("parameters", [])]
        resolved = [self._resolved(one) for one in stated]
        variables = [{"in": "path", "name": name} for name in _names(template)]
        return list({(one["in"], one["name"]): one for one in [*variables, *resolved]}.values())

    def _resolved(self, parameter: Schema) -> Schema:
        reference = parameter.get("$ref")
        return self._components["parameters"][reference.rsplit("/", 1)[1]] if reference else parameter


class _YamlLoader(yaml.CSafeLoader):
    """YAML 1.1 has a type of its own for a lone `=`, which is a text here."""


_YamlLoader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


def _content(path: Path) -> Any:
    # The loader is a safe one: it builds nothing but plain values.
    is_json = path.suffix == ".json"
    return json.loads(path.read_bytes()) if is_json else yaml.load(path.read_bytes(), _YamlLoader)  # noqa: S506


def _names(template: str) -> list[str]:
    return re.findall(r"{([^}]+)}", template)


def _pattern(template: str) -> re.Pattern[str]:
    """A template's variables are one segment each, or a part of one."""
    parts = re.split(r"{[^}]+}", template)
    return re.compile("([^/]+)".join(map(re.escape, parts)))


def _server_pattern(server: Schema) -> re.Pattern[str]:
    """A server's variables are the listed values, or one label of the host name."""
    variables = server.get("variables", {})

    def values(found: re.Match[str]) -> str:
        listed = variables.get(found[1], {}).get("enum")
        return "(?:" + "|".join(map(re.escape, listed)) + ")" if listed else "[^/.]+"

    literal = re.escape(server["url"].rstrip("/"))
    return re.compile(re.sub(r"\\{(.+?)\\}", values, literal) + r"(?P<path>/.*|$)")


def from_postman(collection: Schema) -> Schema:
    """Methods and paths of a Postman collection; the ids and versions of its examples are variables."""
    paths: Schema = {}
    for request in _requests(collection["item"]):
        url = request["url"] if isinstance(request["url"], str) else request["url"]["raw"]
        paths.setdefault(_postman_template(url), {})[request["method"].lower()] = {}
    return {"servers": [{"url": f"https://{host}"} for host in SALESFORCE_HOSTS], "paths": paths}


def _requests(items: list[Schema]) -> Iterator[Schema]:
    for item in items:
        if "item" in item:
            yield from _requests(item["item"])
        else:
            yield item["request"]


def _postman_template(url: str) -> str:
    path = re.sub(r"^({{\w+}})+", "", url).partition("?")[0].rstrip("/")
    path = re.sub(r"{{(\w+)}}", r"{\1}", path)
    path = re.sub(r"/v\d+\.0/", "/v{version}/", path)
    return re.sub(r"/sobjects/\w+(/\w{15})?", lambda found: "/sobjects/{type}" + "/{id}" * bool(found[1]), path)
