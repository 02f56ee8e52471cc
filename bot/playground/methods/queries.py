"""Answers to button presses and inline queries; reactions."""

from bot.playground.access import chat_of, message_of
from bot.playground.errors import bad
from bot.playground.methods import method
from bot.playground.state import REACTIONS, Json, Query
from bot.playground.text import message_text
from bot.playground.world import World

_LIFE = {"callback_query": 150, "inline_query": 30}
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
_MOST_RESULTS = 50


def _open(world: World, query_id: str, kind: str) -> Query:
    query = world.state.queries.get(query_id)
    if query is None or query.type != kind or query.answer is not None:
        raise bad(_TOO_OLD)
    if world.clock() - query.at > _LIFE[kind]:
        raise bad(_TOO_OLD)
    return query


def _answer(world: World, query: Query, answer: Json) -> bool:
    query.answer = answer
    world.state.forget(query)
    return True


@method("answerCallbackQuery")
def answer_callback_query(world: World, params: Json) -> bool:
    """A query can be answered once, within 150 seconds."""
    query = _open(world, params["callback_query_id"], "callback_query")
    answer: Json = {"text": params.get("text", ""), "show_alert": params.get("show_alert", False)}
    if "url" in params:
        answer["url"] = params["url"]
    world.changes.publish("callback_answer", query.chat_id, callback_query_id=query.id, user_id=query.user_id, **answer)
    return _answer(world, query, answer)


@method("answerInlineQuery")
def answer_inline_query(world: World, params: Json) -> bool:
    results = params["results"]
    if len(results) > _MOST_RESULTS:
        raise bad("too many inline query results specified")
    ids = [result["id"] for result in results]
    if len(ids) != len(set(ids)):
        raise bad("RESULT_ID_DUPLICATE")
    for result in results:
        if "message_text" in (content := result.get("input_message_content") or {}):
            message_text({**content, "text": content["message_text"]})
    query = _open(world, params["inline_query_id"], "inline_query")
    answer = {"results": results, "button": params.get("button"), "next_offset": params.get("next_offset", "")}
    world.changes.publish("inline_answer", None, inline_query_id=query.id, user_id=query.user_id, **answer)
    return _answer(world, query, answer)


@method("setMessageReaction")
def set_message_reaction(world: World, params: Json) -> bool:
    """A bot has at most one reaction, out of Telegram's list; none takes it away."""
    reactions = params.get("reaction") or []
    if len(reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    chat = chat_of(world, params["chat_id"])
    post = message_of(world, chat, params["message_id"], "message to react")
    for reaction in reactions:
        if reaction["type"] != "emoji" or reaction["emoji"].replace("\ufe0f", "") not in REACTIONS:
            raise bad("REACTION_INVALID")
    post.reactions.pop(str(world.bot["id"]), None)
    if reactions:
        post.reactions[str(world.bot["id"])] = reactions
    world.changed(post, "reactions")
    return True
