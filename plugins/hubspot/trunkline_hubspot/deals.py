"""HubSpot's deals."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.crm import Deal, Pipeline, Stage
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import LIST_DEALS, SAVE_DEAL
from trunkline_contracts.tools.crm import ListDeals, SaveDeal
from trunkline_contracts.values import Page, Status
from trunkline_hubspot import vendor, vendor_setup
from trunkline_hubspot.account import Account, after, given, list_warnings, page_of
from trunkline_hubspot.money import caller_amount, money, written
from trunkline_hubspot.normalize import version
from trunkline_hubspot.pipelines import PipelineSet, deal_status
from trunkline_hubspot.timeline import association

DealObject = vendor.Object[vendor.Deal]
_BEGINNING = datetime.fromtimestamp(0, UTC)
# Noon is the same day in nearly all time zones, of which HubSpot shows a date in the reader's.
_NOON = "T12:00:00Z"


class Deals(Account):
    """The tools about deals."""

    @implements(LIST_DEALS)
    async def list_deals(self, request: ListDeals) -> ReadResult[Page[Deal]]:
        """Read the deals associated with a contact or company from the database, the last changed first."""
        of = (vendor.OBJECT_TYPES[request.about.kind], request.about.vendor_id)
        found = await self._associated(of, "deals", vendor.Batch[vendor.Deal], self._asked("deal", vendor.Deal))
        pipelines, currency = await self._sales(), await self._home_currency(found.objects)
        deals = [self._deal(one, pipelines, currency, [request.about]) for one in found.objects]
        wanted = [deal for deal in deals if not request.status or deal.status.value in request.status]
        wanted.sort(key=lambda deal: deal.updated_at or _BEGINNING, reverse=True)
        return ReadResult(data=page_of(wanted, request.limit, request.cursor), warnings=list_warnings(found))

    @implements(SAVE_DEAL)
    async def save_deal(self, request: SaveDeal) -> WriteResult[Deal]:
        """Make a deal with its associations in one request, or change one and associate it then."""
        if request.deal_id:
            return await self._change_deal(request, request.deal_id)
        pipelines, currency = await self._sales(), await self._company_currency()
        pipeline = self._settings.deal_pipeline
        start = pipelines.wanted(pipeline, None, request.stage, _ended(request)) or pipelines.first_open(pipeline)
        own = self._fields.written("deal", request.custom_fields)
        sent = {**_properties(request, currency), **own, "pipeline": pipeline, "dealstage": start}
        links = [association(ref.vendor_id, vendor.DEAL_TO[ref.kind]) for ref in request.about]
        body = {"properties": sent, "associations": links}
        made = await self._api.call("POST", "/crm/v3/objects/deals", gives=DealObject, json=body)
        deal = self._deal(after(made, made, sent), pipelines, currency, request.about)
        return WriteResult(outcome="applied", resource=deal, verify_with=_reading(request.about))

    async def _change_deal(self, request: SaveDeal, ref: Ref) -> WriteResult[Deal]:
        before = await self._api.get(
            "/crm/v3/objects/deals/{}", ref.vendor_id, gives=DealObject,
            params={"properties": self._asked("deal", vendor.Deal), "associations": ["contacts", "companies"]},
        )  # fmt: skip
        pipelines, currency = await self._sales(), await self._company_currency()
        old = before.properties
        stage = pipelines.wanted(old.pipeline or "", old.dealstage, request.stage, request.status)
        own = self._fields.written("deal", request.custom_fields)
        changes = {**_properties(request, old.deal_currency_code or currency), **own, **given({"dealstage": stage})}
        changed = after(before, await self._set_deal(ref.vendor_id, changes), changes) if changes else before
        unlinked = await self._link(("deals", ref.vendor_id), request.about, is_written=bool(changes))
        about = (*self._known(before), *request.about)
        deal = self._deal(changed, pipelines, currency, about)
        outcome = "partial" if unlinked else ("applied" if changes or request.about else "noop")
        return WriteResult(
            outcome=outcome,
            resource=deal,
            verify_with=_reading(about),
            undo=None if request.about or own else self._undo_deal(ref, before, changes, currency),
            warnings=unlinked,
        )

    async def _set_deal(self, deal_id: str, changes: dict[str, str]) -> DealObject:
        return await self._api.call(
            "PATCH", "/crm/v3/objects/deals/{}", deal_id, gives=DealObject, json={"properties": changes}
        )

    async def _sales(self) -> PipelineSet:
        """The account's deal pipelines."""
        found = await self._api.get("/crm/v3/pipelines/{}", "deals", gives=vendor_setup.Pipelines)
        return PipelineSet(found.results, deal_status)

    async def _home_currency(self, deals: Sequence[DealObject]) -> str | None:
        """The company's currency, where a deal has an amount and names none."""
        needed = any(deal.properties.amount and not deal.properties.deal_currency_code for deal in deals)
        return await self._company_currency() if needed else None

    async def _company_currency(self) -> str:
        return (await self._api.get("/account-info/v3/details", gives=vendor_setup.AccountDetails)).company_currency

    def _known(self, deal: DealObject) -> list[Ref]:
        """Whom a deal is associated with."""
        kinds = (("customer", "contacts"), ("company", "companies"))
        return [self._to.ref(kind, one.id) for kind, name in kinds for one in deal.all_associated(name)]

    def _deal(self, deal: DealObject, pipelines: PipelineSet, currency: str | None, about: Sequence[Ref]) -> Deal:
        found = deal.properties
        pipeline = pipelines.pipeline_of(found.dealstage)
        return Deal(
            id=self._to.ref("deal", deal.id),
            name=found.dealname or deal.id,
            amount=money(found.amount, found.deal_currency_code or currency),
            pipeline=Pipeline(id=pipeline.id, name=pipeline.label) if pipeline else None,
            stage=_stage(found.dealstage, pipelines),
            status=_status(found.dealstage, pipelines),
            probability=_probability(found.hs_deal_stage_probability),
            close_date=found.closedate.date() if found.closedate else None,
            customers=tuple(dict.fromkeys(ref for ref in about if ref.kind == "customer")),
            company=next((ref for ref in about if ref.kind == "company"), None),
            owner=self._to.agent(found.hubspot_owner_id),
            lost_reason=found.closed_lost_reason,
            custom_fields=self._fields.read("deal", found),
            created_at=deal.created_at,
            updated_at=deal.updated_at,
            version=version(deal),
        )

    def _undo_deal(self, ref: Ref, before: DealObject, changes: dict[str, str], currency: str) -> Undo | None:
        """Put back what was there; None where a value cannot come back, because nothing was there."""
        old = before.properties
        former: dict[str, tuple[str, Any]] = {
            "dealname": ("name", old.dealname),
            "amount": ("amount", caller_amount(money(old.amount, old.deal_currency_code or currency))),
            "dealstage": ("stage", old.dealstage),
            "closedate": ("close_date", old.closedate.date() if old.closedate else None),
            "closed_lost_reason": ("lost_reason", old.closed_lost_reason),
        }
        args = dict(former[name] for name in changes if name in former)
        return None if None in args.values() or not args else Undo(tool="save_deal", args={"deal_id": ref, **args})


def _ended(request: SaveDeal) -> str | None:
    """The status of a new deal that does not start in the pipeline's first open stage."""
    return None if request.status == "open" and not request.stage else request.status


def _properties(request: SaveDeal, currency: str) -> dict[str, str]:
    """The properties to write; the currency only where it is another, for most accounts have one."""
    amount, day = request.amount, request.close_date
    properties = {
        "dealname": request.name,
        "amount": written(amount) if amount else None,
        "deal_currency_code": amount.currency if amount and amount.currency != currency else None,
        "closedate": _moment(day) if day else None,
        "closed_lost_reason": request.lost_reason,
    }
    return given(properties)


def _moment(day: date) -> str:
    return day.isoformat() + _NOON


def _stage(stage_id: str | None, pipelines: PipelineSet) -> Stage | None:
    stage = pipelines.stages.get(stage_id or "")
    return Stage(id=stage.id, name=stage.label, order=stage.display_order) if stage else None


def _status(stage_id: str | None, pipelines: PipelineSet) -> Status[Any]:
    value = pipelines.status(stage_id) or "other"
    stage = pipelines.stages.get(stage_id or "")
    label = stage.label if stage else None
    return Status(value=value, raw=stage_id or "", label=label, lossy=value == "other")


def _probability(text: str | None) -> float | None:
    try:
        share = float(text or "nan")
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None


def _reading(about: Sequence[Ref]) -> ToolCall | None:
    return ToolCall(tool="list_deals", args={"about": about[0]}) if about else None
