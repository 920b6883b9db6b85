"""What a plugin's sandbox is made from: one small company, the same for every vendor.

A sandbox is a plugin's own stateful imitation of its vendor, for the demo, for tests and for faults. It is never a
proof about the vendor.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

AsgiApp = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]
System = Literal["crm", "helpdesk", "billing", "loyalty", "comms"]
ALL: frozenset[System] = frozenset(("crm", "helpdesk", "billing", "loyalty", "comms"))


@dataclass(frozen=True)
class SeedTicket:
    """A ticket that exists when the sandbox starts."""

    subject: str
    body: str
    status: Literal["new", "open", "pending", "solved"] = "open"
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeedSubscription:
    """A subscription that exists when the sandbox starts; the price is in minor units a month."""

    plan: str
    price_minor: int
    currency: str = "EUR"
    status: Literal["active", "past_due", "canceled"] = "active"
    paid_invoices: int = 2


@dataclass(frozen=True)
class SeedDeal:
    """A sale under way when the sandbox starts; the amount is in minor units."""

    name: str
    amount_minor: int
    currency: str = "EUR"
    stage: Literal["qualified", "proposal", "won", "lost"] = "qualified"


@dataclass(frozen=True)
class SeedOrder:
    """An order of one article that exists when the sandbox starts; the price is in minor units, apiece."""

    number: str
    title: str
    quantity: int
    unit_minor: int
    currency: str = "EUR"
    state: Literal["unfulfilled", "shipped", "delivered", "canceled"] = "unfulfilled"


@dataclass(frozen=True)
class SeedReward:
    """Something that points buy; `value_minor` is in euro cents, where it has a value in money."""

    name: str
    points: int
    value_minor: int | None = None


@dataclass(frozen=True)
class SeedDiscount:
    """A coupon; it takes off a share, or an amount in euro cents, for some billing periods or for ever."""

    code: str
    name: str
    percent_off: int | None = None
    amount_off_minor: int | None = None
    cycles: int | None = None


@dataclass(frozen=True)
class SeedPlan:
    """A plan that can be subscribed to; the price is in minor units a month."""

    name: str
    price_minor: int
    currency: str = "EUR"


@dataclass(frozen=True)
class SeedField:
    """A custom field of the company's own, at every vendor that has such fields for the kind of record."""

    kind: Literal["customer", "ticket", "deal"]
    label: str
    type: Literal["text", "number", "choice"]
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """A customer of the company; `systems` are the vendors' categories that know them.

    Whom a loyalty system knows is `enrolled` in its programme, or could be.
    """

    number: int
    given: str
    family: str
    email: str
    phone: str
    company: str
    city: str
    country: str
    language: str = "en"
    points: int = 0
    tier: str = "Bronze"
    enrolled: bool = True
    systems: frozenset[System] = ALL
    tickets: tuple[SeedTicket, ...] = ()
    subscriptions: tuple[SeedSubscription, ...] = ()
    deals: tuple[SeedDeal, ...] = ()
    orders: tuple[SeedOrder, ...] = ()

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True)
class SeedArticle:
    """An article of the company's help centre."""

    number: int
    title: str
    body: str
    section: str


@dataclass(frozen=True)
class Seed:
    """The whole company, at one moment."""

    people: tuple[Person, ...]
    articles: tuple[SeedArticle, ...]
    plans: tuple[SeedPlan, ...] = ()
    discounts: tuple[SeedDiscount, ...] = ()
    rewards: tuple[SeedReward, ...] = ()
    tiers: tuple[str, ...] = ("Bronze", "Silver", "Gold")
    fields: tuple[SeedField, ...] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def known_to(self, system: System) -> tuple[Person, ...]:
        """The people that a system of one category knows."""
        return tuple(person for person in self.people if system in person.systems)


@dataclass(frozen=True)
class Sandbox:
    """A running imitation: its ASGI app, and what `connect` would have asked for to reach it."""

    app: AsgiApp
    auth: str
    settings: Mapping[str, Any]
    credentials: Mapping[str, str]


def _person(number: int, given: str, family: str, company: str, city: str, country: str, **more: Any) -> Person:
    domain = company.lower().replace(" ", "-") + ".example"
    email = f"{given}.{family}@{domain}".lower()
    # +1 555 01xx is reserved for fiction, so no message can ever reach anybody.
    return Person(number, given, family, email, f"+1202555{100 + number:04d}", company, city, country, **more)


BEANS, SHOP = "Beans Monthly", "Cafe Supply"

COMPANY = Seed(
    people=(
        _person(1, "Ada", "Okafor", "Fernway Studio", "Lagos", "NG", points=1250, tier="Silver",
            tickets=(SeedTicket("Please cancel my subscription", "I have too much coffee at home. Please cancel "
                "Beans Monthly.", "open", "high", ("cancellation",)),),
            subscriptions=(SeedSubscription(BEANS, 1900),),
            deals=(SeedDeal("Coffee corner at Fernway", 480000),),
            orders=(SeedOrder("1001", "Hand grinder", 1, 5900, state="delivered"),
                SeedOrder("1002", "Filter papers", 3, 450))),
        _person(2, "Bruno", "Keller", "Keller Bakery", "Basel", "CH", points=320,
            tickets=(SeedTicket("Charged for a parcel that never came", "My last order did not arrive, but I was "
                "charged.", "open", "normal", ("delivery",)),),
            subscriptions=(SeedSubscription(SHOP, 4900),),
            orders=(SeedOrder("1003", "Espresso cups", 6, 800, state="shipped"),)),
        _person(3, "Chiara", "Rossi", "Rossi Architects", "Torino", "IT", points=80, language="it",
            tickets=(SeedTicket("THIRD broken grinder in a month", "This is the third grinder that broke. Nobody "
                "answers me. I want to talk to a human NOW.", "open", "urgent", ("grinder", "complaint")),),
            subscriptions=(SeedSubscription(BEANS, 1900, status="past_due"),)),
        _person(4, "Dev", "Patel", "Northlight Clinic", "Leeds", "GB", points=5400, tier="Gold",
            subscriptions=(SeedSubscription(BEANS, 1500, "GBP"), SeedSubscription(SHOP, 9900, "GBP"))),
        _person(5, "Elif", "Demir", "Demir Textiles", "Izmir", "TR", points=40,
            systems=frozenset(("crm", "helpdesk", "comms")),
            tickets=(SeedTicket("Do you deliver to Izmir?", "Hello, do you deliver to Turkey?", "new"),)),
        _person(6, "Farid", "Haddad", "Cedar Hotels", "Beirut", "LB", points=910,
            subscriptions=(SeedSubscription(SHOP, 12900, "USD"),)),
        _person(7, "Grace", "Lindqvist", "Lind Dental", "Uppsala", "SE", points=2210, tier="Silver", language="sv",
            tickets=(SeedTicket("Invoice address", "Please put our new address on the invoice.", "pending"),),
            subscriptions=(SeedSubscription(BEANS, 1900),)),
        _person(8, "Hiro", "Tanaka", "Tanaka Kissaten", "Osaka", "JP", points=660, language="ja",
            subscriptions=(SeedSubscription(BEANS, 2900, "JPY"),)),
        _person(9, "Ines", "Moreau", "Atelier Moreau", "Lyon", "FR", points=150, language="fr",
            systems=frozenset(("crm", "billing", "loyalty")),
            subscriptions=(SeedSubscription(BEANS, 1900, status="canceled"),)),
        _person(10, "Jonas", "Weber", "Weber Logistik", "Hamburg", "DE", points=0, language="de",
            systems=frozenset(("crm", "helpdesk")),
            tickets=(SeedTicket("Offer for 40 offices", "We would like an offer for 40 offices.", "open", "high"),),
            deals=(SeedDeal("Coffee for 40 offices", 7200000, stage="proposal"),)),
        _person(11, "Kemi", "Adeyemi", "Bright Minds", "Accra", "GH", points=3300, tier="Gold",
            subscriptions=(SeedSubscription(SHOP, 4900),)),
        _person(12, "Liam", "Byrne", "Byrne and Daughters", "Cork", "IE", points=505,
            tickets=(SeedTicket("Thank you!", "The new roast is wonderful.", "solved", "low"),),
            subscriptions=(SeedSubscription(BEANS, 1900),)),
        _person(13, "Mona", "Silva", "Silva Books", "Porto", "PT", enrolled=False, systems=frozenset(("loyalty",))),
    ),
    articles=(
        SeedArticle(1, "How to pause your subscription", "You can pause Beans Monthly for up to three months. While "
            "it is paused nothing is charged.", "Subscriptions"),
        SeedArticle(2, "Refunds for lost parcels", "If a parcel is lost we refund it in full within five working "
            "days.", "Orders"),
        SeedArticle(3, "Grinder warranty", "Every grinder has a two-year warranty. A broken one is replaced free of "
            "charge.", "Equipment"),
        SeedArticle(4, "How points work", "You earn one point for each euro. Points can be spent in the shop.",
            "Loyalty"),
    ),
    plans=(SeedPlan(BEANS, 1900), SeedPlan(SHOP, 4900), SeedPlan("Beans Double", 3400)),
    discounts=(SeedDiscount("STAY20", "Stay with us", percent_off=20, cycles=3),
        SeedDiscount("SORRY5", "Sorry", amount_off_minor=500, cycles=1)),
    rewards=(SeedReward("Free coffee", 100), SeedReward("Ten euros off", 1000, 1000),
        SeedReward("Roastery tour", 5000)),
    fields=(SeedField("ticket", "Order number", "text"), SeedField("ticket", "Product", "choice", ("Beans", "Grinder")),
        SeedField("deal", "Machines", "number"), SeedField("customer", "Cups a day", "number"),
        SeedField("customer", "Favourite roast", "choice", ("Light", "Dark"))),
)  # fmt: skip
"""A coffee roaster and a dozen of its customers."""
