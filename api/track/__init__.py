"""The consumer's page: one parcel by its unguessable link, server-rendered, no JavaScript.

Invariant: shows only what belongs to the parcel of the link; takes nothing but reports. May import: api, core, store,
runtime, jinja2, babel.
"""
