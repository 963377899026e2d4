"""The Faust agent: hands each fetched partition batch to that partition's engine.

Invariant: never raises (Faust would take the event for done and go on), holds no rule and no SQL, never concurrent.
May import: faust, stream.
"""

from __future__ import annotations

from typing import Any

from stream.partitions import Partitions
from stream.transport import BatchSchema


def add_agent(app: Any, topic: str, partitions: Partitions) -> Any:
    """Add the agent that reads a topic. The acknowledgement may come at once: the truth is in `progress`."""
    source = app.topic(topic, schema=BatchSchema(key_type=bytes, value_type=bytes))

    @app.agent(source, name="events")  # type: ignore[untyped-decorator]
    async def events(stream: Any) -> None:
        async for event in stream.events():
            partitions.put(event.message.partition, event.value)

    return events
