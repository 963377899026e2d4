"""Channels: one file each, all with the same face (`notifier.channel.Channel`)."""
