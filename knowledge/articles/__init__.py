"""The knowledge base's articles: data/<slug>.zh-CN.md and .en.md, front matter and Telegram HTML."""

from __future__ import annotations

from knowledge.articles.loader import load_articles, parse_article
from knowledge.articles.model import Article, Category, Source

__all__ = ["Article", "Category", "Source", "load_articles", "parse_article"]
