"""What a provider is: how it is asked, and what its answers mean. The files beside this one are the providers.

Invariant: pure; no clock, no randomness, no I/O: `nonce` and token come as arguments. May import: pull.question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pull.providers.common import no_token
from pull.question import Answer, Credentials, Question, Reply, Request, Result

Ask = Callable[[Sequence[Question], Credentials, str, str], Request]


@dataclass(frozen=True)
class Provider:
    """One provider.

    `format` names the format in `carriers.registry` that reads its answers. `aggregator` is its name in
    `carriers/names.toml`, or None for a carrier that answers for itself only. `ask` makes a request of questions,
    credentials, token and nonce, `read` an answer of the reply to it. `join` makes of parts a body that the format
    reads. `wrong` names why a waybill cannot be asked for. Those that must be told of a number first have `register`.
    """

    name: str
    format: str
    host: str
    ask: Ask
    read: Callable[[Sequence[Question], Reply], Answer]
    join: Callable[[Sequence[bytes]], bytes]
    aggregator: str | None = None
    token: Callable[[Credentials], Request | None] = no_token
    wrong: Callable[[str], str | None] = lambda _waybill: None
    register: Ask | None = None
    read_registered: Callable[[Sequence[Question], Reply], Answer] | None = None


def every(questions: Sequence[Question], result: Result) -> Mapping[str, Result]:
    """Give the same result for all."""
    return {question.parcel_id: result for question in questions}
