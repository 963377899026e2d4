"""The HTTP edge: intake, REST, the consumer page; `api.live` is the websocket gateway.

Invariant: 2xx only when the work is durable. May import: core, carriers, store, runtime, aiohttp.
"""
