"""Back-test: a log replayed on a virtual clock through the code that judges live parcels, and judged by the truth.

May import: core, carriers, runtime, sim; store in `backtest.database` alone; never stream, api, notifier.
"""
