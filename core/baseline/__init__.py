"""What is usual: durations learned from the parcels themselves.

`sketch` counts durations, `lessons` says what a parcel teaches, `learned` answers what is asked of all that.
"""
