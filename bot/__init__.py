"""票答 · the process: wiring, Telegram, HTTP, the clock. The only place that knows everything."""

__version__ = "0.1.0"
