// What the page knows: people, chats and messages as the server last told them. Panes draw from here.
import { api, listen } from "./api.js";
import { locale } from "./i18n.js";

const TYPING_SECONDS = 5; // a chat action lasts five seconds or until a message (Bot API, sendChatAction)
const ANSWER_SECONDS = 15;

export class Store extends EventTarget {
  state = null;
  online = false;
  #messages = new Map(); // chat id → Map(message id → Message)
  #limits = new Map(); // chat id → how many messages are asked for
  #typing = new Map(); // "chat/thread" → {action, until}
  #presses = new Map(); // callback or inline query id → function(answer)
  #early = new Map(); // answers that overtook the response to their press
  #overtaken = new Set(); // chats with an event since their last fetch began
  #due = new Set(); // what the next refresh fetches: "state" or a chat id

  start() {
    listen((event) => this.#on(event), (online) => this.#link(online));
  }

  /** Calls `draw` now and after each change, once for many changes in a row. */
  watch(draw) {
    let queued = false;
    this.addEventListener("change", () => {
      if (queued) return;
      queued = true;
      queueMicrotask(() => {
        queued = false;
        draw();
      });
    });
    draw();
  }

  // ── reading ──

  person = (id) => this.state?.people.find((person) => person.id === id);
  chat = (id) => this.state?.chats.find((chat) => chat.id === id);
  get bot() {
    return this.state?.bot ?? {};
  }
  get desk() {
    // A group that became a supergroup has a new id: then the only group there is.
    return this.chat(this.state?.notes?.desk_chat_id) ?? this.state?.chats.find(({ type }) => type !== "private");
  }

  /** Messages of a chat, oldest first; undefined until the first fetch has come back. */
  messages(chatId) {
    const known = this.#messages.get(chatId);
    return known && [...known.values()].sort((a, b) => a.message_id - b.message_id);
  }

  /** The bot's commands in a chat, [{command, description}]: the narrowest scope, then the person's language, wins. */
  commands(chatId, userId) {
    const all = this.state?.commands ?? {};
    const isPrivate = chatId === userId;
    const general = isPrivate ? ["all_private_chats"] : ["all_chat_administrators", "all_group_chats"];
    const scopes = [`chat_member:${chatId}:${userId}`, `chat:${chatId}`, ...general, "default"];
    const language = this.person(userId)?.language_code ?? locale();
    const languages = [language.split("-")[0], ""];
    const found = scopes.flatMap((scope) => languages.map((language) => all[`${scope}|${language}`]));
    return found.find((commands) => commands?.length) ?? [];
  }

  /** Whether the server may hold older messages than those fetched. */
  hasEarlier = (chatId) => (this.#messages.get(chatId)?.size ?? 0) >= (this.#limits.get(chatId) ?? Infinity);

  typing(chatId, threadId) {
    const entry = this.#typing.get(`${chatId}/${threadId ?? ""}`);
    return entry && entry.until > Date.now() ? entry.action : null;
  }

  // ── fetching ──

  /** Makes sure the chat is fetched; more = double the window into the past. */
  open(chatId, { more = false } = {}) {
    const limit = this.#limits.get(chatId);
    if (limit && !more) return;
    this.#limits.set(chatId, limit ? limit * 2 : 400);
    this.refresh(chatId);
  }

  /** Fetches again soon; several wishes become one request each. */
  refresh(...what) {
    if (!this.#due.size) setTimeout(() => this.#fetch(), 20);
    for (const item of what) this.#due.add(item);
  }

  async #fetch() {
    const due = [...this.#due];
    this.#due.clear();
    await Promise.all(due.map((item) => (item === "state" ? this.#fetchState() : this.#fetchMessages(item))));
    this.#changed();
  }

  async #fetchState() {
    this.state = await api.state().catch(() => this.state);
  }

  async #fetchMessages(chatId) {
    this.#overtaken.delete(chatId);
    const messages = await api.messages(chatId, this.#limits.get(chatId) ?? 400).catch(() => null);
    if (messages) this.#messages.set(chatId, new Map(messages.map((message) => [message.message_id, message])));
    if (this.#overtaken.delete(chatId)) this.refresh(chatId); // the answer may be older than that event
  }

  #link(online) {
    this.online = online;
    if (online) this.refresh("state", ...this.#limits.keys());
    this.#changed();
  }

  // ── events ──

  #on(event) {
    this.#overtaken.add(event.chat_id);
    const handle = { deleted: this.#drop, typing: this.#type, callback_answer: this.#answer, inline_answer: this.#answer, reset: this.#reset }[event.type];
    if (event.message) this.#put(event);
    else if (handle) handle.call(this, event);
    else this.refresh("state", ...(this.#limits.has(event.chat_id) ? [event.chat_id] : []));
    this.dispatchEvent(new CustomEvent("event", { detail: event }));
    this.#changed();
  }

  #put(event) {
    const { message, chat_id: chatId } = event;
    this.put(chatId, message);
    if (event.type === "message") this.#typing.delete(`${chatId}/${threadOf(message) ?? ""}`);
    if (!this.chat(chatId)) this.refresh("state");
  }

  /** The answer to sending a message; an event about it that was quicker is newer, too. */
  learn(chatId, message) {
    if (!this.#messages.get(chatId)?.has(message.message_id)) this.put(chatId, message);
  }

  put(chatId, message) {
    const known = this.#messages.get(chatId);
    if (!known) return;
    known.set(message.message_id, { ...known.get(message.message_id), ...message });
    // A part that an edit took away (a keyboard, entities …) is absent, not null.
    for (const part of ["reply_markup", "entities", "caption_entities", "caption"])
      if (!(part in message)) delete known.get(message.message_id)[part];
    this.#changed();
  }

  #drop(event) {
    for (const id of event.message_ids ?? [event.message_id]) this.#messages.get(event.chat_id)?.delete(id);
  }

  #type(event) {
    const key = `${event.chat_id}/${event.message_thread_id ?? ""}`;
    this.#typing.set(key, { action: event.action ?? "typing", until: Date.now() + TYPING_SECONDS * 1000 });
    setTimeout(() => this.#changed(), TYPING_SECONDS * 1000 + 50);
  }

  #reset() {
    this.#messages.clear();
    this.refresh("state", ...this.#limits.keys());
  }

  // ── callback and inline queries ──

  /** Presses a button; resolves to the bot's answer, or null when none came in time. */
  async press(press) {
    return this.#answered((await api.press(press)).callback_query_id);
  }

  /** Asks the bot as "@bot text" does; resolves to {inline_query_id, results}, or null when none came in time. */
  async inline(query) {
    return this.#answered((await api.inline(query)).inline_query_id);
  }

  #answered(id) {
    if (this.#early.has(id)) return this.#early.get(id);
    return new Promise((resolve) => {
      this.#presses.set(id, resolve);
      setTimeout(() => resolve(null), ANSWER_SECONDS * 1000);
    });
  }

  #answer(event) {
    const id = event.callback_query_id ?? event.inline_query_id;
    this.#presses.get(id)?.(event);
    if (!this.#presses.delete(id)) this.#early.set(id, event);
    setTimeout(() => this.#early.delete(id), ANSWER_SECONDS * 1000);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** The topic a message stands in; undefined in General and outside forums (there, a thread id only marks replies). */
export const threadOf = (message) => (message.is_topic_message ? message.message_thread_id : undefined);

/** A name for any sender or person: "王小明", or the bot's. */
export const nameOf = (person) => [person?.first_name, person?.last_name].filter(Boolean).join(" ") || person?.title || "?";
