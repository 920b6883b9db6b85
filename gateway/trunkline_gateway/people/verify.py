"""Compares what somebody says of themselves with what their system of record knows. No value ever leaves.

Five attempts in a quarter of an hour, then the customer is locked for the rest of it: an attempt is taken before the
comparison, so that guesses made at once count like guesses made in turn.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, case, delete
from sqlalchemy.dialects.postgresql import insert

from trunkline_contracts.entities.crm import Assurance, Customer, Verification
from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.results import WriteResult
from trunkline_contracts.tools.crm import CustomerView, VerifyCustomer
from trunkline_gateway.clock import moment, now_us
from trunkline_gateway.store.database import Database
from trunkline_gateway.store.schema import verification_attempts
from trunkline_gateway.store.statements import Statement

ATTEMPTS = 5
_WINDOW_US = 15 * 60 * 1_000_000
_STRONG = frozenset(("email", "phone", "postal_code", "external_id"))
_LEAST_FACTS, _FOR_MEDIUM = 2, 3
_VALID_US = 30 * 60 * 1_000_000

_C = verification_attempts.c
_OVER = _C.since < bindparam("window_start")
_NEW = insert(verification_attempts)
# SQLite reads PostgreSQL's form of it as it stands.
_TAKE = Statement(
    _NEW.on_conflict_do_update(
        index_elements=[_C.tenant, _C.customer],
        set_={
            "attempts": case((_OVER, 1), else_=_C.attempts + 1),
            "since": case((_OVER, _NEW.excluded.since), else_=_C.since),
        },
    ).returning(_C.attempts, _C.since)
)
_FORGIVE = Statement(
    delete(verification_attempts).where(_C.tenant == bindparam("for_tenant"), _C.customer == bindparam("whom"))
)


@dataclass(frozen=True)
class Verifier:
    """Judges facts, and counts attempts; customers are kept as an HMAC only."""

    database: Database
    key: bytes

    async def compare(self, request: VerifyCustomer, customer: CustomerView, tenant: str) -> WriteResult[Verification]:
        """Compare the facts of a request with a customer; raises InvalidArgumentError for too few facts."""
        facts = dict(request.facts or {})
        if len(facts) < _LEAST_FACTS or not _STRONG & facts.keys():
            strong = ", ".join(sorted(_STRONG))
            raise InvalidArgumentError(f"Give at least two facts, one of them of: {strong}.")
        whom = hmac.digest(self.key, f"{tenant}|{customer.id}".encode(), hashlib.sha256)
        attempts, since = await self._take(tenant, whom)
        if attempts > ATTEMPTS:
            locked = Verification(
                subject=request.customer_id, method="facts", result="locked", attempts_left=0,
                expires_at=moment(since + _WINDOW_US),
            )  # fmt: skip
            return WriteResult(outcome="applied", resource=locked)
        verification = _judged(request, customer, facts, ATTEMPTS - attempts)
        if verification.result == "passed":
            await self.database.commit(_FORGIVE(for_tenant=tenant, whom=whom))
        return WriteResult(outcome="applied", resource=verification)

    async def _take(self, tenant: str, whom: bytes) -> tuple[int, int]:
        now = now_us()
        values = {"tenant": tenant, "customer": whom, "attempts": 1, "since": now}
        (((attempts, since),),) = await self.database.commit(_TAKE(**values, window_start=now - _WINDOW_US))
        return attempts, since


def _judged(request: VerifyCustomer, customer: CustomerView, facts: dict[Any, str], left: int) -> Verification:
    known = {fact: list(_known(customer, fact)) for fact in facts}
    missing = tuple(fact for fact in facts if not known[fact])
    matched = tuple(fact for fact, told in facts.items() if any(_same(fact, told, value) for value in known[fact]))
    passed = len(matched) == len(facts) - len(missing) >= _LEAST_FACTS and bool(_STRONG & set(matched))
    assurance: Assurance = "none"
    if passed:
        assurance = "medium" if len(matched) >= _FOR_MEDIUM else "low"
    return Verification(
        subject=request.customer_id,
        method="facts",
        result="passed" if passed else "failed",
        matched=matched,
        missing=missing,
        assurance=assurance,
        attempts_left=None if passed else left,
        expires_at=moment(now_us() + _VALID_US) if passed else None,
    )


def _known(customer: CustomerView, fact: str) -> Iterator[str]:
    """What the system of record knows of a fact."""
    if fact in {"email", "phone"}:
        channels = {"email"} if fact == "email" else {"phone", "whatsapp"}
        yield from (point.value for point in customer.contact_points if point.channel in channels)
    elif fact in {"postal_code", "city"}:
        yield from (value for address in customer.addresses if (value := getattr(address, fact)))
    elif fact == "external_id":
        yield from customer.external_ids.values()
    elif fact == "company":
        yield from (customer.company_details.name,) if customer.company_details else ()
    elif value := _name(customer, fact):
        yield value


def _name(customer: Customer, fact: str) -> str | None:
    if fact == "given_name":
        return customer.given_name or customer.display_name.split(" ", 1)[0]
    return customer.family_name or customer.display_name.rpartition(" ")[2] or None


def _same(fact: str, told: str, known: str) -> bool:
    """Whether two values mean the same; one of which nothing is left, such as a number without digits, is no proof."""
    plain = _plain(fact, told)
    return bool(plain) and plain == _plain(fact, known)


def _plain(fact: str, text: str) -> str:
    if fact == "phone":
        return re.sub(r"\D", "", text)
    if fact == "postal_code":
        return "".join(text.split()).casefold()
    return text.strip().casefold()
