"""Alerts to the public: what an alert says, the area that it names, and every form in which people and programs get it.

A message is a plain value; from it follow CAP 1.2, Atom and RSS with GeoRSS, GeoJSON, the text of an SMS, and the
encrypted body of a web push. Nothing here reads or writes a file, asks the clock, or decides who may publish: who
drafts, approves and publishes is the register's (`merestone.register.AlertDesk`), and sending is the service's.

No text says that a place is safe: the end of an alert is the end of the alert, and says no more about the ground.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
