"""Opportunities: found, made and changed."""

from collections.abc import Iterator, Sequence
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Deal
from trunkline_contracts.errors import InvalidArgumentError, NotFoundError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import LIST_DEALS, SAVE_DEAL
from trunkline_contracts.tools.arguments import Amount
from trunkline_contracts.tools.crm import ListDeals, SaveDeal
from trunkline_contracts.values import Page
from trunkline_salesforce import soql
from trunkline_salesforce.account import FINAL, Account, given, read_back
from trunkline_salesforce.client import Write
from trunkline_salesforce.lookups import candidates_of, labelled
from trunkline_salesforce.money import units
from trunkline_salesforce.normalize_sales import deal_status
from trunkline_salesforce.refs import LEAD
from trunkline_salesforce.vendor import Person
from trunkline_salesforce.vendor_sales import Opportunity, Stage

FIELDS = (
    *("Id", "Name", "Amount", "StageName", "Probability", "CloseDate", "IsClosed", "IsWon", "AccountId", "OwnerId"),
    *("Owner.Name", "CreatedDate", "LastModifiedDate", "(SELECT ContactId FROM OpportunityContactRoles)"),
)
_STATES = {
    "open": "IsClosed = false",
    "won": "(IsClosed = true AND IsWon = true)",
    "lost": "(IsClosed = true AND IsWon = false)",
}
_OF_CONTACT = "Id IN (SELECT OpportunityId FROM OpportunityContactRole WHERE ContactId = {whose})"
_NEWEST = soql.Order("CreatedDate")


class Deals(Account):
    """The tools about opportunities."""

    @implements(LIST_DEALS)
    async def list_deals(self, request: ListDeals) -> ReadResult[Page[Deal]]:
        """List the opportunities of an account, or those in which a contact has a part, the newest first."""
        whose = request.about.vendor_id
        if whose.startswith(LEAD):
            return ReadResult(data=Page(items=()))
        where = [_OF_CONTACT if request.about.kind == "customer" else "AccountId = {whose}"]
        if request.status:
            where.append(f"({' OR '.join(_STATES[state] for state in request.status)})")
        if request.cursor:
            where.append(_NEWEST.after)
        values = {**soql.page_values(request.cursor, request.limit), "whose": whose}
        found = await self._client.query(
            soql.select(self._deal_fields(), "Opportunity", where, _NEWEST.text, values), Opportunity
        )
        items = tuple(self._to.deal(deal) for deal in found[: request.limit])
        more = len(found) > request.limit
        page = Page[Deal](items=items, next_cursor=_cursor(found[request.limit - 1]) if more else None)
        return ReadResult(data=page, warnings=self._without_currency())

    def _deal_fields(self) -> tuple[str, ...]:
        return (*FIELDS, *self._currency_field(), *self._custom.keys("deal"))

    async def _deal(self, deal_id: str) -> Opportunity:
        query = soql.select(self._deal_fields(), "Opportunity", ("Id = {id}",), "Id", {"id": deal_id, "most": 1})
        found = await self._client.query(query, Opportunity)
        if not found:
            raise NotFoundError("Salesforce has no such opportunity: check the id.")
        return found[0]

    @implements(SAVE_DEAL)
    async def save_deal(self, request: SaveDeal) -> WriteResult[Deal]:
        """Make or change an opportunity together with its contacts' parts in it: all of it, or nothing."""
        contacts, company = _about(request.about)
        before = await self._deal(request.deal_id.vendor_id) if request.deal_id else None
        fields = await self._deal_fields_asked(request, company, before)
        writes = (
            _changes(before, fields, contacts)
            if before
            else [await self._new_deal(fields, contacts), *_roles(contacts)]
        )
        made = (await self._client.together(*writes))[0] if writes else None
        deal_id = before.id if before else made or ""
        after = await read_back(self._deal(deal_id))
        undo = self._deal_undo(request, before) if before and writes else None
        return WriteResult(
            outcome="applied" if writes else "noop",
            resource=self._to.deal(after) if after else None,
            verify_with=_reading(request.about),
            undo=undo,
            warnings=(*self._without_currency(), *(() if undo or not writes else (FINAL,))),
        )

    async def _deal_fields_asked(
        self, request: SaveDeal, company: str | None, before: Opportunity | None
    ) -> dict[str, Any]:
        fields = {
            "Name": request.name,
            "AccountId": company,
            **(self._deal_amount(request.amount) if request.amount else {}),
            "StageName": await self._deal_stage(request, before),
            "CloseDate": request.close_date.isoformat() if request.close_date else None,
        }
        return {**given(fields), **self._custom.written("deal", request.custom_fields)}

    def _deal_amount(self, amount: Amount) -> dict[str, Any]:
        """An amount; a currency that is not the org's needs an org with several."""
        if self._settings.multi_currency:
            return {"Amount": units(amount), "CurrencyIsoCode": amount.currency}
        if amount.currency != self._settings.currency:
            raise UnsupportedError(
                f"Amounts of this org are in {self._settings.currency or 'a currency nobody named'}."
            )
        return {"Amount": units(amount)}

    async def _deal_stage(self, request: SaveDeal, before: Opportunity | None) -> str | None:
        """The stage to write: the one that is named, or the org's first that means what is asked for."""
        is_so = before is not None and request.status in (None, deal_status(before).value)
        if not request.stage and is_so:
            return None
        stages = await self._lookups.stages()
        if request.stage:
            chosen = labelled(stages, request.stage, "stage")
            if request.status and _state(chosen) != request.status:
                raise InvalidArgumentError("stage and status contradict each other: give only stage.")
            return chosen.api_name
        return _first(stages, request.status or "open")

    async def _new_deal(self, fields: dict[str, Any], contacts: Sequence[str]) -> Write:
        """The new opportunity, with our marker; it belongs to its first contact's account where none is named."""
        if "CloseDate" not in fields:
            raise InvalidArgumentError("An opportunity of Salesforce needs a day on which it closes: give close_date.")
        if contacts and "AccountId" not in fields:
            fields = given({"AccountId": await self._account_of(contacts[0]), **fields})
        return Write("deal", "POST", "Opportunity", {**fields, "Description": self._marked()})

    async def _account_of(self, contact_id: str) -> str | None:
        query = soql.select(("Id", "AccountId"), "Contact", ("Id = {id}",), "Id", {"id": contact_id, "most": 1})
        found = await self._client.query(query, Person)
        if not found:
            raise NotFoundError("Salesforce has no such contact: check the id.")
        return found[0].account_id

    def _deal_undo(self, request: SaveDeal, before: Opportunity) -> Undo | None:
        """The call that sets the old values; a contact's part cannot be taken back by one, nor an empty value set."""
        deal = self._to.deal(before)
        amount = {"amount_minor": deal.amount.amount_minor, "currency": deal.amount.currency} if deal.amount else None
        old = {
            **({"name": before.name} if request.name else {}),
            **({"amount": amount} if request.amount else {}),
            **({"stage": before.stage_name} if request.stage or request.status else {}),
            **({"close_date": before.close_date and before.close_date.isoformat()} if request.close_date else {}),
        }
        if (
            request.about
            or request.custom_fields
            or None in old.values()
            or (request.amount and deal.amount and deal.amount.amount_minor <= 0)
        ):
            return None
        return Undo(tool="save_deal", args={"deal_id": request.deal_id, **old})


def _changes(before: Opportunity, fields: dict[str, Any], contacts: Sequence[str]) -> list[Write]:
    """What has to be written: contacts that already take part stay as they are."""
    there = {contact[:15] for contact in before.contact_ids}
    roles = _roles([contact for contact in contacts if contact[:15] not in there], before.id)
    return [*([Write("deal", "PATCH", f"Opportunity/{before.id}", fields)] if fields else []), *roles]


def _roles(contacts: Sequence[str], deal_id: str = "@{deal.id}") -> Iterator[Write]:
    for number, contact in enumerate(contacts):
        fields = {"OpportunityId": deal_id, "ContactId": contact}
        yield Write(f"role{number}", "POST", "OpportunityContactRole", fields)


def _about(refs: tuple[Ref, ...]) -> tuple[list[str], str | None]:
    """The contacts, and the company, that an opportunity is with."""
    contacts = list(dict.fromkeys(ref.vendor_id for ref in refs if ref.kind == "customer"))
    companies = [ref.vendor_id for ref in refs if ref.kind == "company"]
    if any(contact.startswith(LEAD) for contact in contacts):
        raise UnsupportedError("A lead has no part in an opportunity: Salesforce has to convert it first.")
    if len(companies) > 1:
        raise UnsupportedError("An opportunity is with one company: name one.")
    return contacts, companies[0] if companies else None


def _state(stage: Stage) -> str:
    return ("won" if stage.is_won else "lost") if stage.is_closed else "open"


def _first(stages: Sequence[Stage], wanted: str) -> str:
    fitting = next((stage for stage in stages if _state(stage) == wanted), None)
    if fitting is None:
        candidates = candidates_of(stages)
        raise UnsupportedError(f"No stage of this org means {wanted}: give one of its own.", candidates=candidates)
    return fitting.api_name


def _cursor(deal: Opportunity) -> str | None:
    return soql.Place(deal.created_date, deal.id).cursor if deal.created_date else None


def _reading(about: tuple[Ref, ...]) -> ToolCall | None:
    return ToolCall(tool="list_deals", args={"about": about[0]}) if about else None
