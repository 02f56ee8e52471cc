"""Guided troubleshooting: flows are YAML beside the code, the engine is pure functions over them."""
