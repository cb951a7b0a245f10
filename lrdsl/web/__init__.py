"""Schedules in a browser: a page in one file, and a local server to write programs in.

Importing this starts nothing, and needs neither the server's packages nor numpy.
"""
