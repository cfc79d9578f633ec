"""The shipped example: one programme walked end to end through the service's own API, with pretended providers.

Everything here is visibly a demonstration: it runs in demo mode only, talks to this machine only, and its people are
invented.
"""
