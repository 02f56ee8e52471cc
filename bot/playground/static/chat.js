// A conversation: pinned bar, the log, what a message offers, and the composer.
import { api } from "./api.js";
import { Composer } from "./composer.js";
import { alertBox, failed, popup, toast } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { acceptFiles } from "./drop.js";
import { t } from "./i18n.js";
import { currentReplyMarkup } from "./keyboards.js";
import { Log } from "./log.js";
import { summary } from "./media.js";
import { nameOf, threadOf } from "./store.js";

const REACTIONS = ["👍", "👎", "❤", "🙏", "👀", "👌", "🎉"]; // all in Telegram's legal set

export const GENERAL = "general";

export class Chat {
  viewer = null;
  chatId = null;
  threadId = undefined; // undefined: the whole chat; GENERAL: messages without a topic; number: that topic

  /** `follow(meaning)` opens what a link means on this page (links.js); `empty()` → nodes for an empty log. */
  constructor(store, name, { follow, empty, named }) {
    Object.assign(this, { store, follow, empty, named });
    this.pinned = h("button", { type: "button", class: "pinned", hidden: true, onclick: () => this.#nextPinned() });
    this.log = new Log(this, name);
    this.notice = h("div", { class: "notice", hidden: true });
    this.composer = new Composer(this, name);
    this.root = h("div", { class: "chat" }, this.pinned, this.log.root, this.notice, this.composer.root);
    acceptFiles(this.root, () => t("chat.drop"), (files) => this.composer.attach(files));
  }

  /** Opens a conversation as seen by a person. */
  show({ chatId, threadId, viewer, notice = "" }) {
    const moved = chatId !== this.chatId || threadId !== this.threadId;
    Object.assign(this, { chatId, threadId, viewer });
    this.notice.textContent = notice;
    this.notice.hidden = !notice;
    this.store.open(chatId);
    this.#draw(moved);
  }

  #draw(moved) {
    const messages = this.messages();
    if (moved) this.log.reset();
    this.log.draw(messages);
    this.#drawPinned(messages ?? []);
    this.composer.update(`${this.chatId}/${this.threadId ?? ""}/${this.viewer}`, {
      markup: currentReplyMarkup(messages ?? []), enabled: this.viewer != null,
    });
  }

  /** Messages of this conversation, oldest first; undefined while they are being fetched. */
  messages() {
    const all = this.store.messages(this.chatId);
    if (this.threadId === undefined) return all;
    return all?.filter((message) => (threadOf(message) ?? GENERAL) === this.threadId);
  }

  typing = () => this.store.typing(this.chatId, this.#thread());
  #thread = () => (this.threadId === GENERAL ? undefined : this.threadId);
  nameOf = (userId) => nameOf(userId === this.store.bot.id ? this.store.bot : this.store.person(userId));
  isOwn = (message) => message.from?.id === this.viewer;

  // ── pinned ──

  #drawPinned(messages) {
    const pinned = messages.filter((message) => message.pinned);
    this.pinned.hidden = !pinned.length;
    if (!pinned.length) return;
    this.pinnedAt = Math.min(this.pinnedAt ?? Infinity, pinned.length - 1);
    const message = pinned[this.pinnedAt];
    const count = pinned.length > 1 ? ` ${this.pinnedAt + 1}/${pinned.length}` : "";
    this.pinned.replaceChildren(icon("pin"),
      h("span", { class: "pinned-text" }, h("b", {}, t("chat.pinned") + count), h("span", {}, summary(message))));
    this.pinned.dataset.target = message.message_id;
  }

  /** Jumps to the pinned message shown; the next click leads to the one before. */
  #nextPinned() {
    this.jump(Number(this.pinned.dataset.target));
    const count = this.messages().filter((message) => message.pinned).length;
    this.pinnedAt = (this.pinnedAt - 1 + count) % count;
    this.#drawPinned(this.messages());
  }

  jump = (messageId) => this.log.jump(messageId);

  // ── what the composer needs ──

  target = () => ({ user_id: this.viewer, chat_id: this.chatId, message_thread_id: this.#thread() });
  lastOwn = () => this.messages()?.findLast((message) => this.isOwn(message) && (message.text ?? message.caption));

  /** The bot's commands in this kind of chat: [{command, description}]. */
  commands = () => this.store.commands(this.chatId, this.viewer);

  async send(message) {
    this.log.stick();
    const answer = await api.send(message);
    if (answer.message_id) this.store.learn(this.chatId, answer);
  }

  upload(fields, files) {
    this.log.stick();
    return api.upload(fields, files);
  }

  say(text) {
    return this.send({ ...this.target(), text }).catch((error) => failed(error, this.root));
  }

  // ── what a message offers ──

  reply = (message) => this.composer.reply(message);

  react(message, emoji) {
    return this.#try(api.react({ user_id: this.viewer, chat_id: this.chatId, message_id: message.message_id, emoji }));
  }

  async press(message, data) {
    const place = { user_id: this.viewer, chat_id: this.chatId, message_id: message.message_id, data };
    const answer = await this.#try(this.store.press(place));
    if (answer?.url) this.act({ open: answer.url });
    if (!answer?.text) return;
    if (answer.show_alert) await alertBox(answer.text);
    else toast(answer.text, { host: this.root });
  }

  menu(message, event) {
    event.preventDefault();
    const box = event.currentTarget.getBoundingClientRect();
    const point = event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : { x: box.left + 40, y: box.top + 20 };
    popup(point, this.#actions(message), REACTIONS.map((emoji) => ({
      label: t("menu.react", { emoji }), text: emoji, run: () => this.react(message, emoji),
    })));
  }

  #actions(message) {
    const text = message.text ?? message.caption;
    const own = this.isOwn(message);
    return [
      { label: t("menu.reply"), picture: "reply", run: () => this.reply(message) },
      text && { label: t("menu.copy"), picture: "copy", run: () => this.act({ copy: text }) },
      own && text && { label: t("menu.edit"), picture: "edit", run: () => this.composer.edit(message) },
      own && { label: t("menu.delete"), picture: "trash", danger: true, run: () => this.#remove(message) },
    ].filter(Boolean);
  }

  #remove(message) {
    return this.#try(api.remove({ user_id: this.viewer, chat_id: this.chatId, message_id: message.message_id }));
  }

  #try = (promise) => promise.catch((error) => failed(error, this.root));

  /** What a click inside a message wants: say, copy, open, inline or tell. */
  act({ say, copy, open, inline, tell }) {
    if (say != null) this.say(say);
    if (copy != null) this.#copy(copy);
    if (open != null) this.follow(open);
    if (inline != null) this.composer.insert(`@${this.store.bot.username} ${inline}`);
    if (tell != null) toast(tell, { host: this.root });
  }

  async #copy(text) {
    const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
    toast(t(done ? "copied" : "copy.failed"), { host: this.root });
  }
}
