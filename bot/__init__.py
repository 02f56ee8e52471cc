"""票答 · the process: wiring, Telegram, HTTP, the clock. The only place that knows everything."""

import os

__version__ = "0.1.0"

# python-telegram-bot gives durations as timedelta, as its next version will, and without a warning at each 429.
os.environ.setdefault("PTB_TIMEDELTA", "1")
