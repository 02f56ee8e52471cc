// The scrolling list of messages: days, groups, albums; nodes that did not change stay as they are.
import { iconButton } from "./controls.js";
import { h, icon } from "./dom.js";
import { day, locale, t } from "./i18n.js";
import { messageRow, serviceRow, serviceText } from "./message.js";

const GROUP_SECONDS = 300; // messages of one sender within five minutes stand together
const NEAR_BOTTOM = 90; // pixels: closer than this, the log follows new messages

export class Log {
  #drawn = new Map(); // key → {signature, node}
  #seen = 0; // the newest message id that was in sight
  #following = true;
  #top = 0; // where the last scrolling ended

  constructor(chat, name) {
    this.chat = chat;
    this.list = h("div", {
      class: "messages", role: "log", "aria-live": "polite", tabindex: "0", "data-testid": `${name}-messages`,
      "data-t-aria-label": "chat.messages", "data-t-aria-description": "chat.keys",
      onkeydown: (event) => this.#key(event),
    });
    this.earlier = h("button", { type: "button", class: "earlier", hidden: true, "data-t": "chat.earlier",
      onclick: () => chat.store.open(chat.chatId, { more: true }) });
    this.typing = h("div", { class: "row other first last typing", hidden: true });
    this.blank = h("div", { class: "blank", hidden: true });
    this.scroller = h("div", { class: "scroller", onscroll: () => this.#scrolled() },
      this.earlier, this.blank, this.list, this.typing);
    this.count = h("span", { class: "count" });
    this.latest = iconButton("chat.latest", icon("down"), () => this.stick(), { class: "latest", hidden: true });
    this.latest.append(this.count);
    this.root = h("div", { class: "log" }, this.scroller, this.latest);
    const resized = new ResizeObserver(() => this.#following && this.#toBottom());
    for (const element of [this.scroller, this.list]) resized.observe(element);
  }

  /** Another conversation: start at its newest message. */
  reset() {
    this.#seen = 0;
    this.#following = true;
    this.list.replaceChildren();
    this.#drawn.clear();
  }

  draw(messages) {
    this.list.setAttribute("aria-busy", String(!messages));
    this.#place(items(messages ?? [], this.chat));
    this.#drawBlank(messages);
    this.#drawTyping();
    this.earlier.hidden = !this.chat.store.hasEarlier(this.chat.chatId);
    if (this.#following) this.#toBottom();
    this.#drawLatest(messages ?? []);
  }

  #place(wanted) {
    const before = this.#drawn;
    const focused = [...before].find(([, { node }]) => node.contains(document.activeElement))?.[0];
    this.#drawn = new Map(wanted.map(({ key, signature, make }) => {
      const old = before.get(key);
      return [key, old?.signature === signature ? old : { signature, node: make() }];
    }));
    for (const [key, { node }] of before) if (this.#drawn.get(key)?.node !== node) node.remove();
    let next = this.list.firstChild;
    for (const { node } of this.#drawn.values()) {
      if (node === next) next = next.nextSibling;
      else this.list.insertBefore(node, next);
    }
    if (focused && document.activeElement === document.body) this.#drawn.get(focused)?.node.focus({ preventScroll: true });
  }

  #drawBlank(messages) {
    this.blank.hidden = messages?.length !== 0;
    const look = `${this.chat.chatId} ${locale()}`;
    if (this.blank.hidden || this.blank.look === look) return;
    this.blank.look = look;
    this.blank.replaceChildren(...this.chat.empty());
  }

  #drawTyping() {
    const action = this.chat.typing();
    this.typing.hidden = !action;
    if (!action) return this.typing.replaceChildren();
    const words = t(action.startsWith("upload") ? "chat.uploading" : "chat.typing");
    if (this.typing.textContent !== words)
      this.typing.replaceChildren(h("div", { class: "bubble" }, h("span", { class: "dots" }, h("i"), h("i"), h("i")), words));
  }

  // ── scrolling ──

  /** Goes to the newest message and stays there. */
  stick() {
    this.#following = true;
    this.#toBottom();
  }

  #toBottom() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM) this.#following = true;
    else if (scrollTop < this.#top) this.#following = false; // only a person scrolls up; pictures that load push down
    this.#top = scrollTop;
    this.#drawLatest(this.chat.messages() ?? []);
  }

  #drawLatest(messages) {
    if (this.#following) this.#seen = messages.at(-1)?.message_id ?? 0;
    this.latest.hidden = this.#following;
    const unseen = messages.filter((message) => message.message_id > this.#seen && !this.chat.isOwn(message)).length;
    this.count.textContent = unseen || "";
  }

  /** Shows a message and lights it up; says nothing when it is older than what is loaded. */
  jump(messageId) {
    const target = this.list.querySelector(`[data-message-id="${messageId}"]`);
    if (!target) return;
    target.scrollIntoView({ block: "center", behavior: "smooth" });
    target.classList.remove("flash");
    requestAnimationFrame(() => target.classList.add("flash"));
  }

  #key(event) {
    const rows = [...this.list.querySelectorAll(".row")];
    const at = rows.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && (at >= 0 || event.target === this.list)) {
      event.preventDefault();
      rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? rows.length - 1 : at + step))]?.focus();
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault(); // else the same key press would choose the menu's first entry
      rows[at].dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true }));
    }
  }
}

// ── from messages to rows ──

/** What the log shows: {key, signature, make}; a node is made anew only when its signature changes. */
function items(messages, chat) {
  const wanted = [];
  const groups = albums(messages);
  for (const [index, album] of groups.entries()) {
    const [message] = album;
    const [before, after] = [groups[index - 1]?.at(-1), groups[index + 1]?.[0]];
    if (!before || !sameDay(before, message)) wanted.push(dayItem(message));
    wanted.push(item(album, before, after, chat));
  }
  return wanted;
}

function dayItem({ date }) {
  const words = day(date);
  return { key: `day ${words}`, signature: words, make: () => h("div", { class: "day" }, h("span", {}, words)) };
}

function item(album, before, after, chat) {
  const [message] = album;
  const service = serviceText(message);
  if (service) return { key: message.message_id, signature: service, make: () => serviceRow(message, service) };
  const own = chat.isOwn(message);
  const first = !together(before, message);
  const look = { own, first, last: !together(message, after), named: chat.named && first && !own };
  return {
    key: message.message_id, signature: JSON.stringify([album, look, locale(), chat.viewer]),
    make: () => messageRow(album, look, chat),
  };
}

function together(one, other) {
  if (!one || !other || one.from?.id !== other.from?.id) return false;
  return other.date - one.date < GROUP_SECONDS && !serviceText(one) && !serviceText(other) && sameDay(one, other);
}

const sameDay = (one, other) => new Date(one.date * 1000).toDateString() === new Date(other.date * 1000).toDateString();

/** Neighbours with one media_group_id become one item. */
function albums(messages) {
  const groups = [];
  for (const message of messages) {
    const group = message.media_group_id;
    if (group && groups.at(-1)?.[0].media_group_id === group) groups.at(-1).push(message);
    else groups.push([message]);
  }
  return groups;
}
