"""Salesforce's compound addresses as ours."""

from trunkline_contracts.values import Address
from trunkline_salesforce import vendor


def address(place: vendor.Address) -> Address:
    """A postal address: the street's first line, and all further ones."""
    first, _, rest = (place.street or "").replace("\r\n", "\n").partition("\n")
    return Address(
        line1=first or None,
        line2=rest or None,
        city=place.city,
        region=place.state,
        postal_code=place.postal_code,
        country=place.country_code or place.country,
    )
