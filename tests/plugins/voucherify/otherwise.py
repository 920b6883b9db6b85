"""Voucherify keeps one name of a person, and looks nobody up by phone."""

from typing import Any

OTHERWISE: dict[str, dict[str, Any]] = {
    "update_customer": {"changes": {"given_name": "Adaeze", "family_name": "Okafor"}},
    "create_customer": {"given_name": "Nia", "family_name": "Boateng", "email": "nia.boateng@boateng-tea.example"},
}
