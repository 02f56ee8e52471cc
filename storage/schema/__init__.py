"""All tables, declared once, by noun. Times are UTC; money is in fen (1/100 yuan); Telegram ids are 64 bit."""

from __future__ import annotations

from storage.schema.alerts import notifications, subscriptions
from storage.schema.audit import audit, audit_head
from storage.schema.columns import Moment, metadata
from storage.schema.flows import flow_sessions, flow_sources, flow_steps
from storage.schema.imports import file_imports, import_progress
from storage.schema.invoices import (
    PAPER_NUMBER,
    ReversedPaperTail,
    ReversedTail,
    gram_counts,
    invoices,
    parties,
    party_grams,
    status_changes,
    verifications,
    waits,
)
from storage.schema.lessons import gaps, lesson_votes, lessons, regression_cases
from storage.schema.messages import inbox, message_links, message_slots, outbox, outbox_files, timers
from storage.schema.organizations import invitations, members, organization_aliases, organization_events, organizations
from storage.schema.tickets import ticket_events, ticket_messages, tickets
from storage.schema.users import agents, conversations, users

__all__ = [
    "PAPER_NUMBER",
    "Moment",
    "ReversedPaperTail",
    "ReversedTail",
    "agents",
    "audit",
    "audit_head",
    "conversations",
    "file_imports",
    "flow_sessions",
    "flow_sources",
    "flow_steps",
    "gaps",
    "gram_counts",
    "import_progress",
    "inbox",
    "invitations",
    "invoices",
    "lesson_votes",
    "lessons",
    "members",
    "message_links",
    "message_slots",
    "metadata",
    "notifications",
    "organization_aliases",
    "organization_events",
    "organizations",
    "outbox",
    "outbox_files",
    "parties",
    "party_grams",
    "regression_cases",
    "status_changes",
    "subscriptions",
    "ticket_events",
    "ticket_messages",
    "tickets",
    "timers",
    "users",
    "verifications",
    "waits",
]
