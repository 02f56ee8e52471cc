// The list of a forum's topics.
import { GENERAL } from "./chat.js";
import { h, icon, setChildren } from "./dom.js";
import { day, t, time } from "./i18n.js";
import { summary } from "./media.js";
import { serviceText } from "./message.js";
import { nameOf, threadOf } from "./store.js";

// The six colours that Bot API's createForumTopic allows.
const COLOURS = { 0x6fb9f0: "blue", 0xffd67e: "yellow", 0xcb86db: "violet", 0x8eee98: "green", 0xff93b2: "rose", 0xfb6f5f: "red" };

/** General first, then by the newest message: {id, name, closed, last, newest, …}. */
export function topicsOf(desk, messages = []) {
  const last = new Map();
  for (const message of messages) last.set(threadOf(message) ?? GENERAL, message);
  const real = (desk.topics ?? []).filter(({ message_thread_id: id }) => id !== 1);
  const topics = [{ id: GENERAL, name: t("desk.general") }, ...real.map((topic) => ({ ...topic, id: topic.message_thread_id }))]
    .map((topic) => ({ ...topic, last: last.get(topic.id), newest: last.get(topic.id)?.message_id ?? 0 }));
  return topics.sort((a, b) => (b.id === GENERAL) - (a.id === GENERAL) || b.newest - a.newest);
}

/** Draws anew only the entries that changed, so that the focus stays where it is. */
export function drawTopics(list, topics, { open, isUnread, choose }) {
  const before = new Map([...list.children].map((item) => [item.dataset.topic, item]));
  const items = topics.map((topic) => {
    const look = JSON.stringify([topic, topic.id === open, isUnread(topic), t("desk.general"), topic.last && when(topic.last)]);
    const old = before.get(String(topic.id));
    return old?.look === look ? old : Object.assign(entry(topic, topic.id === open, isUnread(topic), choose), { look });
  });
  const focused = document.activeElement?.closest?.("[data-topic]")?.dataset.topic;
  setChildren(list, items.length ? items : [h("li", { class: "none" }, t("desk.not_found"))]);
  if (focused) list.querySelector(`[data-topic="${focused}"] button`)?.focus();
}

function entry(topic, isOpen, isUnread, choose) {
  const label = isUnread ? h("span", { class: "unread", role: "img", "aria-label": t("desk.unread") }) : null;
  return h("li", { "data-topic": topic.id }, h("button", {
    type: "button", class: "topic", "data-testid": `topic-${topic.id}`, "aria-current": isOpen ? "true" : null,
    onclick: () => choose(topic.id),
  },
  topicIcon(topic),
  h("span", { class: "topic-name" }, h("b", { title: topic.name }, topic.name), topic.closed && icon("lock")),
  label,
  h("span", { class: "topic-last" }, topic.last ? preview(topic.last) : ""),
  h("time", {}, topic.last ? when(topic.last) : "")));
}

/** The topic's own emoji where the server tells it, else its first letter on its colour. */
export function topicIcon({ id, name, icon_color: colour, icon_emoji: emoji }) {
  if (id === GENERAL) return h("span", { class: "topic-icon general", "aria-hidden": "true" }, "#");
  if (emoji) return h("span", { class: "topic-icon emoji", "aria-hidden": "true" }, emoji);
  return h("span", { class: `topic-icon ${COLOURS[colour] ?? "blue"}`, "aria-hidden": "true" }, letter(name));
}

/** A ticket's topic begins with its state and number, which make no good picture: its subject gives the letter. */
const letter = (name) => name.replace(/#\d+/, "").match(/[\p{L}\p{N}]/u)?.[0].toUpperCase() ?? "#";

const when = ({ date }) => (day(date) === t("day.today") ? time(date) : day(date));

const preview = (message) => serviceText(message) ?? t("desk.preview", { name: nameOf(message.from), text: summary(message) });
