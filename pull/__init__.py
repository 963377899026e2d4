"""Asks carriers and aggregators for the parcels that their pushes do not keep fresh.

May import: core, carriers, store, runtime; aiohttp's client. Never stream, api or notifier: answers go in by HTTP.
"""
