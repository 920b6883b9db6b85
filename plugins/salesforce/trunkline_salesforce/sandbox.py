"""A stateful imitation of a Salesforce org, for the demo, for tests and for faults: never a proof about Salesforce."""

import re
from copy import deepcopy
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trunkline_contracts.sandbox import Sandbox, Seed
from trunkline_salesforce.sandbox_fields import CUSTOM, EXTERNAL_ID, FIELDS, PICKLISTS, WRITABLE, record_id
from trunkline_salesforce.sandbox_loyalty import LoyaltyApi, loyalty_settings
from trunkline_salesforce.sandbox_search import search
from trunkline_salesforce.sandbox_seed import Org
from trunkline_salesforce.sandbox_soql import Row, SoqlError
from trunkline_salesforce.sandbox_state import RefusedError, State
from trunkline_salesforce.sandbox_writes import Writes

__all__ = ["EXTERNAL_ID", "FIELDS", "MY_DOMAIN", "TOKEN", "Org", "record_id", "sandbox", "served"]

TOKEN, MY_DOMAIN = "sandbox-token", "beans"
_BASE = "/services/data/{version}"
_CREATED, _OK, _NO_CONTENT, _REFUSED = 201, 200, 204, 400

Answer = tuple[int, Any]


@dataclass(frozen=True)
class Asked:
    """A call, or a part of a composite one; `parts` are those of its path below the version."""

    method: str
    parts: list[str]
    query: str
    body: Any
    unmodified_since: str | None = None


class Api:
    """Salesforce's routes over the state."""

    def __init__(self, org: State) -> None:
        self.org = org
        self.writes = Writes(org)
        self.loyalty = LoyaltyApi(org)

    async def call(self, request: Request) -> Response:
        """Any call: what it comes to, and how much of the day's allowance is used."""
        asked = Asked(
            request.method,
            _path(request.url.path),
            request.query_params.get("q", ""),
            orjson.loads(await request.body() or b"null"),
            request.headers.get("if-unmodified-since"),
        )
        status, answer = self.answer(asked)
        headers = {"Sforce-Limit-Info": "api-usage=18/15000"}
        if status == _NO_CONTENT:
            return Response(status_code=status, headers=headers)
        return JSONResponse(answer, status, headers)

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked for, or say why not."""
        try:
            return {"GET": self._get, "POST": self._post, "PATCH": self._patch}[asked.method](asked)
        except RefusedError as error:
            return error.status, error.body
        except SoqlError as error:
            return _REFUSED, RefusedError(_REFUSED, error.code).body

    def _get(self, asked: Asked) -> Answer:
        match asked.parts:
            case ["query" | "queryAll" as kind]:
                rows = self.org.query(asked.query, include_deleted=kind == "queryAll")
                return _OK, {"totalSize": len(rows), "done": True, "records": rows}
            case ["search"]:
                return _OK, {"searchRecords": search(self.org, asked.query)}
            case ["sobjects", name, "describe"]:
                return _OK, self._describe(name)
        raise RefusedError(404, "NOT_FOUND")

    def _post(self, asked: Asked) -> Answer:
        match asked.parts:
            case ["sobjects", "LoyaltyProgramMember"]:
                return _CREATED, _saved(self.loyalty.enroll(self.writes.create("LoyaltyProgramMember", asked.body)))
            case ["connect", "loyalty", "programs", program, "program-processes", name]:
                return _OK, self.loyalty.run(program, name, asked.body)
            case ["actions", "standard", action]:
                return _OK, self.loyalty.act(action, asked.body)
            case ["sobjects", name]:
                return _CREATED, _saved(self.writes.create(name, asked.body))
            case ["composite"]:
                return _OK, {"compositeResponse": self._composite(asked.body)}
        raise RefusedError(404, "NOT_FOUND")

    def _patch(self, asked: Asked) -> Answer:
        match asked.parts:
            case ["sobjects", name, key]:
                self._check_unmodified(name, key, asked.unmodified_since)
                self.writes.update(name, key, asked.body)
                return _NO_CONTENT, None
            case ["sobjects", name, field, key]:
                row, is_new = self.writes.upsert(name, field, key, asked.body)
                return (_CREATED if is_new else _OK), {**_saved(row), "created": is_new}
        raise RefusedError(404, "NOT_FOUND")

    def _check_unmodified(self, name: str, key: str, since: str | None) -> None:
        if since and self.org.find(name, key)["LastModifiedDate"] > parsedate_to_datetime(since):
            raise RefusedError(412, "PRECONDITION_FAILED")

    def _describe(self, name: str) -> Row:
        if name not in self.org.fields or name in self.org.absent:
            raise RefusedError(404, "NOT_FOUND")
        return {"name": name, "fields": [_described(name, field) for field in sorted(self.org.fields[name])]}

    def _composite(self, body: Any) -> list[Row]:
        """Requests one after another, each of which can name what came of an earlier one: all of them, or none."""
        before, made, parts = deepcopy(self.org.tables), dict[str, str](), list[Row]()
        for part in body["compositeRequest"]:
            status, answer = self._part(part, made)
            parts.append(_composite_part(part, status, answer))
            if status >= _REFUSED and body["allOrNone"]:
                self.org.tables.clear()
                self.org.tables.update(before)
                return [_halted(other, parts[-1]) for other in body["compositeRequest"]]
        return parts

    def _part(self, part: Row, made: dict[str, str]) -> Answer:
        text = re.sub(r"@\{(\w+)\.id\}", lambda match: made[match[1]], orjson.dumps(part).decode())
        filled = orjson.loads(text)
        status, answer = self.answer(Asked(filled["method"], _path(filled["url"]), "", filled.get("body")))
        if status == _CREATED:
            made[part["referenceId"]] = answer["id"]
        return status, answer


def _path(path: str) -> list[str]:
    """The parts of a path below the version."""
    return unquote(path).rstrip("/").split("/")[4:]


def _saved(row: Row) -> Row:
    return {"id": row["Id"], "success": True, "errors": []}


def _composite_part(part: Row, status: int, answer: Any) -> Row:
    return {"body": answer, "httpHeaders": {}, "httpStatusCode": status, "referenceId": part["referenceId"]}


def _halted(part: Row, failed: Row) -> Row:
    """What the others are told where one of several requests failed."""
    if part["referenceId"] == failed["referenceId"]:
        return failed
    return _composite_part(part, _REFUSED, RefusedError(_REFUSED, "PROCESSING_HALTED").body)


def _described(name: str, field: str) -> Row:
    label, kind, choices = CUSTOM.get(field, (field, "picklist" if field in PICKLISTS else "string", ()))
    is_writable = field in WRITABLE.get(name, ())
    values = choices or PICKLISTS.get(field, ())
    return {
        "name": field,
        "label": label,
        "type": kind,
        "custom": field.endswith("__c"),
        "createable": is_writable,
        "updateable": is_writable,
        "picklistValues": [{"active": True, "label": value, "value": value} for value in values],
    }


class TokenCheck:
    """Refuses calls without the org's token."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, or pass on."""
        token = dict(scope.get("headers", ())).get(b"authorization", b"").decode()
        allowed = scope["type"] != "http" or token == f"Bearer {TOKEN}"
        body = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
        await (self.app if allowed else JSONResponse(body, 401))(scope, receive, send)


def sandbox(seed: Seed) -> Sandbox:
    """An org with the company's customers, who pay in several currencies."""
    return served(Org(seed, multi_currency=True))


def served(org: State) -> Sandbox:
    """An org, and how to reach it."""
    routes = [Route(f"{_BASE}/{{path:path}}", Api(org).call, methods=["GET", "POST", "PATCH"])]
    return Sandbox(
        app=TokenCheck(Starlette(routes=routes)),
        auth="oauth",
        settings={
            "my_domain": MY_DOMAIN,
            "external_id_field": EXTERNAL_ID,
            "person_accounts": org.person_accounts,
            "multi_currency": org.multi_currency,
            "currency": "EUR",
            "article_field": "Answer__c",
            **loyalty_settings(),
        },
        credentials={"access_token": TOKEN},
    )
