"""This library's version, for the gateway's log."""

VERSION = "1.0.0"
