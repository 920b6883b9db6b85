"""Our imitation of an org as it starts: the company's customers, and what happened with them."""

from datetime import timedelta
from typing import Any

from trunkline_contracts.sandbox import Person, Seed, SeedDeal, SeedOrder, SeedTicket
from trunkline_salesforce.sandbox_fields import EXTERNAL_ID, record_id, with_check_digits
from trunkline_salesforce.sandbox_loyalty_seed import seed_loyalty
from trunkline_salesforce.sandbox_state import State

_DAY = timedelta(days=1)
_CASE_STATUS = {"new": "New", "open": "Working", "pending": "Waiting for Customer", "solved": "Closed"}
_PRIORITY = {"low": "Low", "normal": "Medium", "high": "High", "urgent": "High"}
_STAGE = {"qualified": "Qualification", "proposal": "Proposal/Price Quote", "won": "Closed Won", "lost": "Closed Lost"}
_STAGES = ("Qualification", "Proposal/Price Quote", "Closed Won", "Closed Lost")
_STATUSES = {
    "CaseStatus": ("New", "Working", "Waiting for Customer", "Escalated", "Closed"),
    "TaskStatus": ("Not Started", "In Progress", "Waiting on someone else", "Deferred", "Completed"),
}
_CLOSED = ("Closed", "Completed", "Closed Won", "Closed Lost")
# How many minor units a whole one has, where it is not a hundred.
_MINOR = {"JPY": 1, "ISK": 1, "KWD": 1000}


class Org(State):
    """An org with the company's customers."""

    def __init__(self, seed: Seed, *, person_accounts: bool = False, multi_currency: bool = False) -> None:
        super().__init__(seed.now, person_accounts=person_accounts, multi_currency=multi_currency)
        _seed_setup(self)
        for person in seed.known_to("crm"):
            seed_person(self, person)
        seed_loyalty(self, seed)
        for article in seed.articles:
            self.put("Knowledge__kav", article.number, Title=article.title, Summary=article.section, Language="en_US",
                KnowledgeArticleId=article_id(article.number), UrlName=f"article-{article.number}",
                PublishStatus="Online", LastPublishedDate=self.now - _DAY, IsVisibleInPkb=True, IsVisibleInCsp=True,
                Answer__c=f"<p>{article.body}</p>")  # fmt: skip


def article_id(number: int) -> str:
    """The id that an article's versions share."""
    return with_check_digits(f"kA0Hp0000{number:06d}")


def _seed_setup(org: State) -> None:
    """Staff, a queue, and the org's own words."""
    org.put("User", 1, Name="Noor Aziz", Email="noor@beans.example", IsActive=True, UserType="Standard")
    org.put("User", 2, Name="Sam Reyes", Email="sam@beans.example", IsActive=True, UserType="Standard")
    org.put("Group", 1, Name="Tier 2", DeveloperName="Tier_2", Type="Queue")
    for kind, labels in _STATUSES.items():
        for number, label in enumerate(labels, 1):
            org.put(kind, number, **_word(number, label), IsDefault=number == 1)
    for number, label in enumerate(_STAGES, 1):
        org.put("OpportunityStage", number, **_word(number, label), IsActive=True, IsWon=label == "Closed Won",
            DefaultProbability=100.0 if label == "Closed Won" else number * 10.0)  # fmt: skip


def _word(number: int, label: str) -> dict[str, Any]:
    return {"MasterLabel": label, "ApiName": label, "SortOrder": number, "IsClosed": label in _CLOSED}


def seed_person(org: State, person: Person) -> None:
    """A contact of a company; who bought nothing yet is a lead, of whom one was converted."""
    number, bought = person.number, bool(person.subscriptions)
    name = {"FirstName": person.given, "LastName": person.family, "Name": person.name}
    reach = {"Email": person.email, "Phone": person.phone, "HasOptedOutOfEmail": False, "DoNotCall": False}
    if not bought:
        contact = record_id("Contact", number) if person.country == "TR" else None
        org.put("Lead", number, **name, **reach, Company=person.company, City=person.city, Country=person.country,
            Status="Closed - Converted" if contact else "Working - Contacted", IsConverted=bool(contact),
            ConvertedContactId=contact)  # fmt: skip
        if not contact:
            return
    domain = person.email.partition("@")[2]
    org.put("Account", number, Name=person.name if org.person_accounts else person.company,
        Website=f"https://www.{domain}/", BillingCity=person.city, BillingCountry=person.country)  # fmt: skip
    org.put("Contact", number, **name, **reach, AccountId=record_id("Account", number), MailingCity=person.city,
        MailingCountry=person.country, **{EXTERNAL_ID: f"shop-{number}"})  # fmt: skip
    if org.person_accounts:
        org.tables["Contact"][record_id("Contact", number)]["IsPersonAccount"] = True
    seed_history(org, person, record_id("Contact", number))


def seed_history(org: State, person: Person, who: str) -> None:
    """What a contact wrote, wants and bought, and the calls and meetings with them."""
    for index, ticket in enumerate(person.tickets):
        _seed_ticket(org, person, person.number * 10 + index, ticket)
    for index, deal in enumerate(person.deals):
        _seed_deal(org, person, person.number * 10 + index, deal)
    for index, order in enumerate(person.orders):
        _seed_order(org, person, person.number * 10 + index, order)
    for index, subscription in enumerate(person.subscriptions):
        org.put("Task", person.number * 10 + 5 + index, Subject=f"Welcome call: {subscription.plan}", WhoId=who,
            TaskSubtype="Call", CallType="Outbound", Status="Completed", IsClosed=True, Priority="Normal",
            CreatedDate=org.now - 20 * _DAY)  # fmt: skip
    if person.subscriptions:
        org.put("Event", person.number, Subject="Tasting", WhoId=who, StartDateTime=org.now - 10 * _DAY)


def _seed_ticket(org: State, person: Person, number: int, ticket: SeedTicket) -> None:
    """A case that came as an e-mail, and the task that Salesforce keeps beside each e-mail."""
    who, at, is_closed = record_id("Contact", person.number), org.now - 2 * _DAY, ticket.status == "solved"
    case = org.put("Case", number, CaseNumber=f"{1000 + number:08d}", Subject=ticket.subject, Description=ticket.body,
        Status=_CASE_STATUS[ticket.status], IsClosed=is_closed, ClosedDate=org.now - _DAY if is_closed else None,
        Priority=_PRIORITY[ticket.priority], Origin="Email", ContactId=who, IsEscalated=False,
        AccountId=record_id("Account", person.number), CreatedDate=at)  # fmt: skip
    email = org.put("EmailMessage", number, Subject=ticket.subject, TextBody=ticket.body, FromName=person.name,
        FromAddress=person.email, Incoming=True, MessageDate=at, Status="1", ParentId=case["Id"])  # fmt: skip
    org.put("EmailMessageRelation", number, EmailMessageId=email["Id"], RelationId=who)
    org.put("Task", number, Subject=f"Email: {ticket.subject}", WhoId=who, TaskSubtype="Email", Status="Completed",
        IsClosed=True, CreatedDate=at)  # fmt: skip


def _seed_deal(org: State, person: Person, number: int, deal: SeedDeal) -> None:
    currency = {"CurrencyIsoCode": deal.currency} if org.multi_currency else {}
    amount = deal.amount_minor / _MINOR.get(deal.currency, 100)
    made = org.put("Opportunity", number, Name=deal.name, Amount=amount, **currency,
        StageName=_STAGE[deal.stage], IsClosed=deal.stage in ("won", "lost"), IsWon=deal.stage == "won",
        Probability=10.0, CloseDate=(org.now + 30 * _DAY).date(),
        AccountId=record_id("Account", person.number))  # fmt: skip
    org.put("OpportunityContactRole", number, OpportunityId=made["Id"], ContactId=record_id("Contact", person.number))


def _seed_order(org: State, person: Person, number: int, order: SeedOrder) -> None:
    currency = {"CurrencyIsoCode": order.currency} if org.multi_currency else {}
    price = order.unit_minor / _MINOR.get(order.currency, 100)
    made = org.put("Order", number, OrderNumber=order.number, TotalAmount=price * order.quantity, **currency,
        Status=order.state.capitalize(), StatusCode="Canceled" if order.state == "canceled" else "Activated",
        AccountId=record_id("Account", person.number), BillToContactId=record_id("Contact", person.number),
        EffectiveDate=(org.now - 5 * _DAY).date(), CreatedDate=org.now - timedelta(days=5, minutes=number),
        ShippingCity=person.city, ShippingCountry=person.country)  # fmt: skip
    org.put("Product2", number, Name=order.title, ProductCode=f"SKU-{order.number}")
    org.put("OrderItem", number, OrderId=made["Id"], Product2Id=record_id("Product2", number), UnitPrice=price,
        Quantity=float(order.quantity), TotalPrice=price * order.quantity)  # fmt: skip
