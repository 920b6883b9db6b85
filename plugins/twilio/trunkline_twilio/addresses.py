"""Twilio's addresses, and the threads that we see in what was exchanged with one."""

import re
from dataclasses import dataclass
from typing import Literal

from trunkline_contracts.values import Channel

ThreadChannel = Literal["sms", "whatsapp", "voice"]
WRITTEN: tuple[ThreadChannel, ...] = ("sms", "whatsapp")
CHANNELS: tuple[ThreadChannel, ...] = (*WRITTEN, "voice")

# An address is a bare number, or a channel's name, a colon, and what that channel goes by.
_PREFIXES: dict[str, Channel] = {"": "sms", "whatsapp": "whatsapp", "messenger": "chat"}
_E_164 = re.compile(r"\+[1-9][0-9]{5,14}")


@dataclass(frozen=True)
class Address:
    """A telephone number on a channel."""

    channel: ThreadChannel
    number: str

    def __str__(self) -> str:
        """The address as Twilio writes it."""
        return f"whatsapp:{self.number}" if self.channel == "whatsapp" else self.number

    @property
    def thread(self) -> str:
        """The id of the thread with it; an id of ours may not hold a colon of Twilio's."""
        return f"{self.channel}-{self.number}"


def is_number(text: str) -> bool:
    """Whether a text is a telephone number in E.164."""
    return _E_164.fullmatch(text) is not None


def channel_of(text: str | None) -> Channel:
    """The channel of messages that an address belongs to."""
    return _PREFIXES.get((text or "").rpartition(":")[0], "other")


def address(text: str | None) -> Address | None:
    """Read an address of a message; None where it is no number on a channel with threads, such as a short code."""
    number = (text or "").rpartition(":")[2]
    channel = next((item for item in WRITTEN if item == channel_of(text)), None)
    return Address(channel, number) if channel and is_number(number) else None


def line(text: str | None) -> Address | None:
    """Read an end of a call; None where it is no telephone, such as a SIP address or a client of Twilio's."""
    return Address("voice", text) if text and is_number(text) else None


def address_of_thread(thread: str) -> Address:
    """The address that a thread's id holds."""
    channel, _, number = thread.partition("-")
    return Address(next(item for item in CHANNELS if item == channel), number)
