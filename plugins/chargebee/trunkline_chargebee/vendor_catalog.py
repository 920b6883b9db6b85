"""The part of Chargebee's catalogue, estimates and pages that we read: what is absent there is None here."""

from pydantic import BaseModel

from trunkline_chargebee.vendor import Moment


class ItemPrice(BaseModel):
    """A price point of a plan, an add-on or a charge."""

    id: str
    name: str
    external_name: str | None = None
    pricing_model: str | None = None
    price: int | None = None
    price_in_decimal: str | None = None
    currency_code: str | None = None
    period: int | None = None
    period_unit: str | None = None


class ItemPriceRow(BaseModel):
    """A row of item prices."""

    item_price: ItemPrice


class Coupon(BaseModel):
    """A coupon as it is defined."""

    id: str
    name: str
    discount_type: str | None = None
    discount_percentage: float | None = None
    discount_amount: int | None = None
    currency_code: str | None = None
    duration_type: str | None = None
    period: int | None = None
    period_unit: str | None = None
    valid_till: Moment = None
    max_redemptions: int | None = None
    redemptions: int | None = None


class CouponRow(BaseModel):
    """A row of coupons."""

    coupon: Coupon


class EstimateLine(BaseModel):
    """A line of an estimated invoice, or a charge that waits for one."""

    description: str | None = None
    amount: int | None = None


class InvoiceEstimate(BaseModel):
    """An invoice as it would be."""

    currency_code: str
    amount_due: int | None = None
    line_items: list[EstimateLine] | None = None


class CreditNoteEstimate(BaseModel):
    """A credit note as it would be."""

    reference_invoice_id: str | None = None
    currency_code: str
    total: int | None = None


class Estimate(BaseModel):
    """What a change of a subscription would bill and credit."""

    invoice_estimate: InvoiceEstimate | None = None
    next_invoice_estimate: InvoiceEstimate | None = None
    credit_note_estimates: list[CreditNoteEstimate] | None = None
    unbilled_charge_estimates: list[EstimateLine] | None = None


class Estimated(BaseModel):
    """`POST /estimates/…`."""

    estimate: Estimate


class PromotionalCredit(BaseModel):
    """A movement of a customer's promotional credits."""

    id: str
    customer_id: str
    amount: int
    currency_code: str
    closing_balance: int | None = None


class Credited(BaseModel):
    """`POST /promotional_credits/add`."""

    promotional_credit: PromotionalCredit


class HostedPage(BaseModel):
    """A page at Chargebee for a customer."""

    url: str
    expires_at: Moment = None


class Hosted(BaseModel):
    """`POST /hosted_pages/…`."""

    hosted_page: HostedPage


class FieldConfig(BaseModel):
    """A custom field as the site defines it; `props` is JSON in a text."""

    api_name: str
    display_name: str
    field_datatype: str | None = None
    edit_ui: str | None = None
    props: str | None = None
    status: str | None = None


class FieldConfigRow(BaseModel):
    """A row of custom fields."""

    custom_field_config: FieldConfig
