"""Which planted fault has to turn which check of the conformance kit red."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import StringConstraints

from support import planted_faults as faults
from support.planted import HttpFault, ToolFault, planted
from trunkline_contracts.capability import Capability
from trunkline_contracts.errors import (
    CallError,
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    VendorUnavailableError,
)
from trunkline_contracts.manifest import Credentials, HeaderAuth, Manifest, Settings
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall
from trunkline_contracts.tools import GET_LOYALTY_ACCOUNT
from trunkline_contracts.values import Freshness

Plant = Callable[[Manifest], Manifest]


@dataclass(frozen=True)
class Row:
    """One fault, in one vendor's plugin, and the check (and of its cases those that contain `case`) that sees it."""

    check: str
    fault: str
    vendor: str
    plant: Plant
    case: str = ""

    @property
    def id(self) -> str:
        """What a run calls it."""
        return f"{self.check.removeprefix('test_')}: {self.fault}"


def fields(**changes: Any) -> Plant:
    """A manifest that says something else."""
    return lambda good: replace(good, **changes)


def sheets(change: Callable[[list[Capability]], list[Capability]]) -> Plant:
    """Another capability sheet."""
    return lambda good: replace(good, capabilities=tuple(change(list(good.capabilities))))


def sheet(tool: str, **changes: Any) -> Plant:
    """One line of the capability sheet changed."""
    return sheets(lambda rows: [replace(row, **changes) if row.contract.name == tool else row for row in rows])


def ids(**patterns: str | None) -> Plant:
    """Other patterns of ids; none for None."""

    def plant(good: Manifest) -> Manifest:
        merged = {**good.ids, **patterns}
        return replace(good, ids={kind: pattern for kind, pattern in merged.items() if pattern is not None})

    return plant


def tool(name: str, fault: ToolFault) -> Plant:
    """One tool carried out wrongly."""
    return lambda good: planted(good, tools={name: fault})


def speaks(fault: HttpFault) -> Plant:
    """All tools speaking wrongly to the vendor."""
    return lambda good: planted(good, speaks=fault)


class AnySubdomain(Settings):
    subdomain: str


class AnyHost(Settings):
    host: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+([.][a-z0-9-]+)+$")] = "api.voucherify.io"


class OpenToken(Credentials):
    access_token: str


class NoSecret(Credentials):
    pass


class TokenInSettings(Settings):
    subdomain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?$")]
    token: str


_BEARER = {"Authorization": "Bearer {access_token}"}

MANIFEST = (
    Row("test_the_manifest_says_who_and_what_it_is", "no title", "zendesk", fields(title="")),
    Row("test_the_manifest_says_who_and_what_it_is", "no name for commands", "zendesk", fields(vendor="Zen Desk")),
    Row("test_the_manifest_says_who_and_what_it_is", "no version", "zendesk", fields(api_version="")),
    Row("test_the_manifest_says_who_and_what_it_is", "no documentation", "zendesk", fields(docs="ask us")),
    Row("test_the_manifest_has_a_sandbox", "none", "zendesk", fields(sandbox=None)),
    Row("test_sheet_and_connector_name_the_same_tools", "a tool that is not declared", "zendesk",
        sheets(lambda rows: rows[1:])),
    Row("test_sheet_and_connector_name_the_same_tools", "a tool that is not there", "zendesk",
        sheets(lambda rows: [*rows, Capability(GET_LOYALTY_ACCOUNT)])),
    Row("test_no_tool_is_declared_twice", "twice", "zendesk", sheets(lambda rows: [*rows, rows[0]])),
    Row("test_people_can_be_found_and_read", "nobody can be found", "zendesk",
        sheets(lambda rows: [row for row in rows if row.contract.name != "find_customers"])),
    Row("test_people_can_be_found_and_read", "nobody can be read", "zendesk",
        sheets(lambda rows: [row for row in rows if row.contract.name != "get_customer"])),
    Row("test_every_tool_of_the_category_is_there_or_its_absence_is_explained", "no word", "zendesk",
        fields(absent={})),
    Row("test_every_tool_of_the_category_is_there_or_its_absence_is_explained", "there, and absent too", "zendesk",
        lambda good: replace(good, absent={**good.absent, "get_ticket": "too hard"})),
    Row("test_every_tool_of_the_category_is_there_or_its_absence_is_explained", "an empty reason", "zendesk",
        lambda good: replace(good, absent=dict.fromkeys(good.absent, ""))),
    Row("test_what_nobody_could_verify_is_said", "no doubt at all", "zendesk",
        lambda good: sheets(lambda rows: [replace(row, unverified=None) for row in rows])(replace(good, notes=()))),
    Row("test_a_narrowed_argument_names_values_that_exist", "a value of no contract", "zendesk",
        sheet("search_tickets", only={"sort": ("newest", "loudest")})),
    Row("test_a_setting_cannot_steer_a_host", "any text", "zendesk", fields(settings=AnySubdomain)),
    Row("test_a_setting_cannot_steer_a_host", "any host", "voucherify", fields(settings=AnyHost)),
    Row("test_a_secret_is_never_shown", "a token that is a text", "zendesk",
        fields(auth={"oauth_token": HeaderAuth(OpenToken, _BEARER)})),
    Row("test_a_secret_is_never_shown", "a token among the settings", "zendesk",
        fields(settings=TokenInSettings, auth={"token": HeaderAuth(NoSecret, {"Authorization": "Bearer {token}"})})),
)  # fmt: skip

_VALID = "test_a_tool_gives_a_valid_record_of_its_own_connection"
_STATE = "test_a_state_that_nobody_knows_is_other_and_keeps_its_name"
_TEXT = "test_a_text_filter_is_only_ever_a_value"
_INVISIBLE = "test_invisible_characters_are_made_visible"

READS = (
    Row(_VALID, "the vendor's name for the connection's", "zendesk",
        tool("get_ticket", faults.another_connections_id), "get_ticket"),
    Row(_VALID, "an id that is not of its form", "zendesk", ids(ticket=r"[a-z]+"), "get_ticket"),
    Row(_VALID, "a kind of id without a form", "voucherify", ids(points_transaction=None), "list_points_transactions"),
    Row(_VALID, "an id in an undo is of another connection", "zendesk",
        tool("update_ticket", faults.undo_at_another_connection), "update_ticket"),
    Row(_VALID, "another record than was asked for", "zendesk",
        tool("get_ticket", faults.data_with(id=Ref("main:ticket:2"))), "get_ticket"),
    Row("test_a_read_says_how_fresh_it_is", "a lag of unknown length", "zendesk",
        tool("search_articles", faults.result_with(freshness=Freshness(source="search_index"))), "search_articles"),
    Row("test_a_read_says_how_fresh_it_is", "a lag that is not declared", "zendesk",
        sheet("search_articles", search_lag_s=None), "search_articles"),
    Row(_STATE, "guessed", "zendesk", tool("get_ticket", faults.guesses_a_state(keeps_name=True)), "get_ticket"),
    Row(_STATE, "guessed, and the name lost", "zendesk",
        tool("get_ticket", faults.guesses_a_state(keeps_name=False)), "get_ticket"),
    Row("test_a_null_anywhere_is_read_or_named", "taken for a text", "zendesk",
        speaks(faults.reads_by_hand("ticket", "updated_at")), "get_ticket"),
    Row("test_a_null_anywhere_is_read_or_named", "taken for a text, in a place between", "zendesk",
        speaks(faults.reads_by_hand("ticket", "subject")), "get_ticket"),
    Row("test_a_new_field_changes_nothing", "every field is used", "zendesk",
        speaks(faults.every_field_is_a_tag), "get_ticket"),
    Row("test_a_list_ends_and_gives_each_record_once", "no end", "zendesk",
        tool("search_tickets", faults.never_ends), "search_tickets"),
    Row("test_a_list_ends_and_gives_each_record_once", "starts again", "chargebee",
        tool("find_invoices", faults.starts_again), "find_invoices"),
    Row("test_a_list_ends_and_gives_each_record_once", "more than the limit", "chargebee",
        tool("find_invoices", faults.asked_with(limit=50)), "find_invoices"),
    Row("test_one_page_holds_what_the_pages_hold", "another order", "chargebee",
        tool("find_invoices", faults.another_order_in_short_pages), "find_invoices"),
    Row("test_one_page_holds_what_the_pages_hold", "one is lost between the pages", "chargebee",
        tool("find_invoices", faults.loses_the_first_of_a_page), "find_invoices"),
    Row(_TEXT, "a quote breaks the query", "zendesk", tool("find_customers", faults.breaks_on_a_quote),
        "find_customers-name"),
    Row(_TEXT, "% is everybody", "voucherify", tool("find_customers", faults.percent_is_everybody),
        "find_customers-name"),
    Row("test_an_id_of_nothing_is_not_found", "a record is made up", "zendesk",
        tool("get_customer", faults.nobody_is_unknown), "get_customer"),
    Row("test_nobody_is_found_by_a_key_that_is_nobodys", "somebody else", "zendesk",
        tool("find_customers", faults.falls_back_on_ada)),
    Row("test_an_exact_key_finds_the_one_person", "in doubt", "zendesk",
        tool("find_customers", faults.items_with(confidence="probable"))),
    Row("test_an_exact_key_finds_the_one_person", "by another key", "zendesk",
        tool("find_customers", faults.items_with(matched_on=("name",)))),
    Row("test_an_exact_key_finds_the_one_person", "twice", "zendesk", tool("find_customers", faults.finds_twice)),
    Row(_INVISIBLE, "a name as the vendor has it", "chargebee", tool("get_customer", faults.shows_the_raw_name)),
    Row(_INVISIBLE, "a name as the vendor has it, in one piece", "zendesk",
        tool("get_customer", faults.shows_the_raw_name)),
)  # fmt: skip

_GOES_WRONG = "test_a_read_that_goes_wrong_is_a_named_error"
_WORDS = "test_a_vendors_words_reach_no_error"

FAULTS = (
    Row(_GOES_WRONG, "a record is made up", "zendesk", tool("get_customer", faults.nobody_is_unknown)),
    Row("test_an_empty_object_is_no_answer", "an empty page", "zendesk",
        tool("search_tickets", faults.nothing_is_an_empty_page), "search_tickets"),
    Row("test_no_read_makes_do_with_a_bad_answer", "an empty page", "zendesk",
        tool("search_tickets", faults.nothing_is_an_empty_page), "search_tickets"),
    Row(_WORDS, "repeated", "zendesk", speaks(faults.repeats_the_vendors_words), "422"),
    Row("test_the_time_to_wait_is_passed_on", "forgotten", "zendesk",
        tool("get_customer", faults.instead_of(RateLimitedError, None))),
    Row("test_a_refused_credential_that_was_renewed_works_again", "never forgotten", "zendesk",
        speaks(faults.never_forgets_a_refusal())),
)  # fmt: skip

_STORY = "test_a_story_is_the_same_at_every_vendor"

STORIES = (
    Row(_STORY, "an internal reply is public", "zendesk",
        tool("reply_to_ticket", faults.public_all_the_same), "a-ticket-is-worked-on"),
    Row(_STORY, "cancelled at once", "chargebee",
        tool("cancel_subscription", faults.asked_with(when="now")), "a-subscriber-stays"),
    Row(_STORY, "points of the other sign", "voucherify",
        tool("deduct_points", faults.resource_with(points=30)), "a-member-collects"),
    Row(_STORY, "another name", "hubspot",
        tool("add_note", faults.asked_with(body="Nothing.")), "a-customer-is-looked-after"),
)  # fmt: skip

_SAYS = "test_a_write_says_what_it_did_and_returns_it"
_UNDO = "test_what_was_written_can_be_undone_or_says_that_it_cannot"
_VERIFY = "test_how_to_verify_a_write_works"
_DRY = "test_a_dry_run_changes_nothing"
_UNCLEAR = "test_a_write_without_a_clear_answer_is_unknown_and_was_sent_once"
_UNREADABLE = "test_a_success_that_cannot_be_read_is_never_a_failure"
_REFUSED = "test_a_refused_write_is_a_named_error"
_MARKER = "test_a_write_that_can_be_found_again_carries_its_marker"

WRITES = (
    Row(_SAYS, "nothing happened", "zendesk", tool("update_ticket", faults.result_with(outcome="noop")),
        "update_ticket"),
    Row(_SAYS, "no record", "zendesk", tool("update_ticket", faults.result_with(resource=None)), "update_ticket"),
    Row(_SAYS, "another value", "zendesk", tool("create_ticket", faults.resource_with(subject="Kettle")),
        "create_ticket"),
    Row(_SAYS, "no value", "zendesk", tool("create_customer", faults.resource_with(contact_points=())),
        "create_customer"),
    Row(_SAYS, "the priority is not set", "zendesk", tool("update_ticket", faults.priority_stays), "update_ticket"),
    Row(_UNDO, "no undo, and no word about it", "chargebee", tool("pause_subscription",
        faults.result_with(undo=None, verify_with=None)), "pause_subscription"),
    Row(_UNDO, "no undo where the sheet promises one", "zendesk",
        tool("update_ticket", faults.result_with(undo=None)), "update_ticket"),
    Row(_UNDO, "an undo that the vendor lacks", "zendesk", tool("update_ticket", faults.undo_with("set_tier")),
        "update_ticket"),
    Row(_UNDO, "an undo of nothing", "zendesk",
        tool("update_ticket", faults.undo_with("update_ticket", ticket_id="main:ticket:99999999")), "update_ticket"),
    Row(_UNDO, "an undo that undoes nothing", "zendesk",
        tool("update_ticket", faults.undo_with("update_ticket", changes={"priority": "urgent"})), "update_ticket"),
    Row(_VERIFY, "a call that cannot be made", "zendesk",
        tool("update_ticket", faults.result_with(verify_with=ToolCall(tool="get_ticket", args={"ticket": "1"}))),
        "update_ticket"),
    Row(_VERIFY, "a tool that the vendor lacks", "zendesk",
        tool("update_ticket", faults.result_with(verify_with=ToolCall(tool="get_balance", args={}))), "update_ticket"),
    Row(_VERIFY, "not final, and no way to see it", "zendesk",
        tool("update_ticket", faults.result_with(outcome="accepted", verify_with=None)), "update_ticket"),
    Row(_DRY, "every write is called safe", "zendesk", speaks(faults.everything_is_safe), "update_ticket"),
    Row(_DRY, "the first of two writes is called safe", "hubspot", speaks(faults.first_write_is_safe()),
        "merge_tickets"),
    Row(_UNCLEAR, "sent again", "zendesk", speaks(faults.sends_twice), "update_ticket-timeout-after-sending"),
    Row(_UNCLEAR, "told as done", "zendesk", tool("update_ticket", faults.done_all_the_same(CallError)),
        "update_ticket"),
    Row(_UNCLEAR, "told as not done", "zendesk",
        tool("update_ticket", faults.instead_of(OutcomeUnknownError, ConflictError("try again"))), "update_ticket"),
    Row("test_a_write_that_never_left_says_so", "told as unknown", "zendesk",
        tool("update_ticket", faults.instead_of(VendorUnavailableError, OutcomeUnknownError("who knows"))),
        "update_ticket"),
    Row(_UNREADABLE, "told as not found", "zendesk",
        tool("update_ticket", faults.instead_of(VendorUnavailableError, NotFoundError("no such ticket"))),
        "update_ticket"),
    Row(_UNREADABLE, "the connector breaks", "zendesk", speaks(faults.reads_answers_by_hand("ticket")),
        "update_ticket-html"),
    Row(_REFUSED, "told as done", "zendesk", tool("update_ticket", faults.done_all_the_same(CallError)),
        "update_ticket"),
    Row(_REFUSED, "told as `try again later`", "zendesk",
        tool("update_ticket", faults.instead_of(CallError, VendorUnavailableError("try again later"))),
        "update_ticket-422"),
    Row(_MARKER, "no marker", "zendesk", speaks(faults.without_marker), "reply_to_ticket"),
    Row(_MARKER, "a key of its own", "zendesk", speaks(faults.with_a_key_of_its_own), "create_ticket"),
    Row("test_a_key_that_the_vendor_keeps_is_one_write", "a key of its own", "zendesk",
        speaks(faults.with_a_key_of_its_own), "create_ticket"),
    Row("test_a_write_that_sets_a_value_can_be_made_twice", "another record each time", "zendesk",
        tool("update_ticket", faults.another_each_time()), "update_ticket"),
)  # fmt: skip

_CURRENCY = "test_an_amount_keeps_its_size_in_every_currency"
_FIELDS = "test_custom_fields_are_found_typed_and_named"

VALUES = (
    Row(_CURRENCY, "all have two decimal places", "chargebee", tool("find_invoices", faults.two_places), "JPY"),
    Row(_CURRENCY, "a factor of hundred", "chargebee", tool("find_invoices", faults.hundredfold), "EUR"),
    Row(_FIELDS, "one is not found", "zendesk", lambda good: planted(good, fields=lambda found: found[1:])),
    Row(_FIELDS, "two of a name", "zendesk", lambda good: planted(good, fields=faults.all_of_one_name)),
    Row(_FIELDS, "a choice of nothing", "zendesk", lambda good: planted(good, fields=faults.without_choices)),
    Row("test_a_custom_field_of_a_ticket_can_be_written_and_read_back", "not written", "zendesk",
        tool("update_ticket", faults.changes_with(custom_fields={}, subject="Grinder"))),
    Row("test_a_custom_field_of_a_customer_can_be_written_and_read_back", "not written", "zendesk",
        tool("update_customer", faults.changes_with(custom_fields={}, given_name="Adaeze"))),
    Row("test_a_custom_field_of_a_deal_can_be_written_and_read_back", "not written", "hubspot",
        tool("save_deal", faults.asked_with(custom_fields={}, name="Coffee"))),
    Row("test_a_customer_who_exists_is_not_made_again", "made again", "voucherify", speaks(faults.makes_another)),
    Row("test_a_customer_who_exists_is_not_made_again", "no warning", "voucherify",
        tool("create_customer", faults.result_with(warnings=()))),
)  # fmt: skip

PLANTED = (*MANIFEST, *READS, *FAULTS, *STORIES, *WRITES, *VALUES)
