"""What every process needs: settings, lifecycle, logs, metrics, sealing, embedded servers, the command line.

Invariant: nothing here knows the business. May import: core; only `runtime.cli` may import the services.
"""
