"""Checks of money and of custom fields."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.fields import CustomField
from trunkline_contracts.sandbox import COMPANY, Seed, SeedDeal, SeedOrder, SeedSubscription
from trunkline_contracts.testing.bench import Bench, OpenBench
from trunkline_contracts.testing.kit import Kit, check
from trunkline_contracts.tools import (
    CREATE_CUSTOMER,
    FIND_INVOICES,
    FIND_ORDERS,
    GET_CUSTOMER,
    GET_TICKET,
    LIST_DEALS,
    LIST_SUBSCRIPTIONS,
    SAVE_DEAL,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_contracts.values import Money

_CURRENCIES = [("EUR", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0)]
_PRICE = 123450
"""In minor units; divisible by ten in each of the currencies, as some vendors round to."""

_MONEY: Mapping[AnyContract, tuple[str, Callable[[Any], Any]]] = {
    LIST_SUBSCRIPTIONS: ("customer_id", lambda item: item.items[0].unit_price),
    FIND_INVOICES: ("customer_id", lambda item: item.total),
    FIND_ORDERS: ("customer_id", lambda item: item.totals.total),
    LIST_DEALS: ("about", lambda item: item.amount),
}
"""Lists that show an amount of the seed: the argument that takes the customer, and where the amount is."""

_SAMPLES: dict[str, Any] = {
    "text": "A-1001", "number": 7, "boolean": True, "date": "2030-01-31", "datetime": "2030-01-31T09:30:00Z",
}  # fmt: skip


def seed_in(currency: str) -> Seed:
    """The company, with all that is Ada's in another currency."""
    ada, *others = COMPANY.people
    hers = replace(
        ada,
        subscriptions=(SeedSubscription("Beans Monthly", _PRICE, currency),),
        deals=(SeedDeal("Coffee corner at Fernway", _PRICE, currency),),
        orders=(SeedOrder("1001", "Hand grinder", 1, _PRICE, currency),),
    )
    return replace(COMPANY, people=(hers, *others))


class ValueChecks(Kit):
    """Values that are easily got wrong."""

    @pytest.mark.parametrize(("currency", "exponent"), _CURRENCIES, ids=[name for name, _ in _CURRENCIES])
    @check
    async def test_an_amount_keeps_its_size_in_every_currency(
        self, open_bench: OpenBench, currency: str, exponent: int
    ) -> None:
        """Minor units and their exponent, whatever scale the vendor writes."""
        if not any(self.declares(contract) for contract in _MONEY):
            pytest.skip("no tool of this vendor shows money")
        async with open_bench(self.manifest, seed_in(currency)) as bench:
            found = await self._amounts(bench)
        assert found
        assert set(found.values()) == {Money(amount_minor=_PRICE, currency=currency, exponent=exponent)}, found

    async def _amounts(self, bench: Bench) -> dict[str, Money]:
        customer = await self.scenarios_at(bench).id_of("customer")
        found = {}
        for contract, (argument, amount) in _MONEY.items():
            if self.declares(contract):
                for item in (await bench.call(contract, **{argument: customer})).data.items:
                    found[f"{contract.name} {item.id}"] = amount(item)
        return found

    @check
    async def test_custom_fields_are_found_typed_and_named(self, open_bench: OpenBench) -> None:
        """All that the sandbox's company added, each with a name of its own."""
        kinds = self._kinds()
        async with open_bench(self.manifest) as bench:
            found = bench.fields
        assert {field.kind for field in found} <= set(kinds)
        names = [(field.kind, field.name) for field in found]
        assert sorted(set(names)) == sorted(names)
        wanted = {(seed.kind, seed.label, seed.type) for seed in COMPANY.fields if seed.kind in kinds}
        assert wanted <= {(field.kind, field.label, field.type) for field in found}
        assert [field.name for field in found if field.type.startswith("choice") and not field.choices] == []

    def _kinds(self) -> tuple[str, ...]:
        if not self.manifest.custom_fields:
            pytest.skip("the vendor has no custom fields that can be found out")
        return tuple(self.manifest.custom_fields)

    @check
    async def test_a_custom_field_of_a_ticket_can_be_written_and_read_back(self, open_bench: OpenBench) -> None:
        """Every writable one, with a value of its type."""
        if "ticket" not in self._kinds() or not self.declares(UPDATE_TICKET, GET_TICKET):
            pytest.skip("the vendor's tickets have none")
        async with open_bench(self.manifest) as bench:
            ticket, values = await self.scenarios_at(bench).id_of("ticket"), _values(bench, "ticket")
            await bench.call(UPDATE_TICKET, ticket_id=ticket, changes={"custom_fields": values})
            found = (await bench.call(GET_TICKET, ticket_id=ticket)).data.custom_fields
        assert {key: found.get(key) for key in values} == values

    @check
    async def test_a_custom_field_of_a_customer_can_be_written_and_read_back(self, open_bench: OpenBench) -> None:
        """Every writable one, with a value of its type."""
        if "customer" not in self._kinds() or not self.declares(UPDATE_CUSTOMER, GET_CUSTOMER):
            pytest.skip("the vendor's customers have none")
        async with open_bench(self.manifest) as bench:
            customer, values = await self.scenarios_at(bench).id_of("customer"), _values(bench, "customer")
            await bench.call(UPDATE_CUSTOMER, customer_id=customer, changes={"custom_fields": values})
            found = (await bench.call(GET_CUSTOMER, customer_id=customer)).data.custom_fields
        assert {key: found.get(key) for key in values} == values

    @check
    async def test_a_custom_field_of_a_deal_can_be_written_and_read_back(self, open_bench: OpenBench) -> None:
        """Every writable one, with a value of its type."""
        if "deal" not in self._kinds() or not self.declares(SAVE_DEAL, LIST_DEALS):
            pytest.skip("the vendor's deals have none")
        async with open_bench(self.manifest) as bench:
            scenarios, values = self.scenarios_at(bench), _values(bench, "deal")
            await bench.call(SAVE_DEAL, deal_id=await scenarios.id_of("deal"), custom_fields=values)
            found = await bench.call(LIST_DEALS, about=await scenarios.id_of("customer"))
        assert {key: found.data.items[0].custom_fields.get(key) for key in values} == values

    @check
    async def test_a_customer_who_exists_is_not_made_again(self, open_bench: OpenBench) -> None:
        """They are given instead, with a warning."""
        if not self.declares(CREATE_CUSTOMER):
            pytest.skip("the vendor's customers are not made by tools")
        async with open_bench(self.manifest) as bench:
            arguments = await self.scenarios_at(bench).arguments("create_customer")
            first = await bench.call(CREATE_CUSTOMER, key="key-of-the-first-write", **arguments)
            again = await bench.call(CREATE_CUSTOMER, key="key-of-the-second-write", **arguments)
        assert again.outcome == "noop"
        assert again.resource.id == first.resource.id
        assert "duplicate_suspected" in {warning.code for warning in again.warnings}


def _values(bench: Bench, kind: str) -> dict[str, Any]:
    """A value for each writable field of a kind."""
    fields = [field for field in bench.fields if field.kind == kind and field.writable]
    return {field.name: _sample(field) for field in fields}


def _sample(field: CustomField) -> Any:
    if field.type in {"choice", "choices"}:
        value = field.choices[-1].value
        return value if field.type == "choice" else [value]
    return _SAMPLES[field.type]
