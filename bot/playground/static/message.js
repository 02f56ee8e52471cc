// One message (or album) as a row of the log.
import { h, icon } from "./dom.js";
import { richText } from "./entities.js";
import { moment, t, time } from "./i18n.js";
import { inlineKeyboard } from "./keyboards.js";
import { isPicture, media, summary } from "./media.js";
import { nameOf } from "./store.js";

const SERVICE = {
  forum_topic_created: (name, topic) => t("service.topic_created", { name, topic: topic.name }),
  forum_topic_edited: (name, topic) => topic.name
    ? t("service.topic_renamed", { name, topic: topic.name }) : t("service.topic_icon", { name }),
  forum_topic_closed: (name) => t("service.topic_closed", { name }),
  forum_topic_reopened: (name) => t("service.topic_reopened", { name }),
  pinned_message: (name, pinned) => t("service.pinned", { name, text: shortened(summary(pinned)) }),
  new_chat_members: (name, people) => t("service.joined", { name: people.map(nameOf).join(", ") }),
  left_chat_member: (name, person) => t("service.left", { name: nameOf(person) }),
  new_chat_title: (name, topic) => t("service.title", { name, topic }),
  migrate_to_chat_id: () => t("service.migrated"),
  migrate_from_chat_id: () => t("service.migrated"),
};
const SILENT = ["general_forum_topic_hidden", "general_forum_topic_unhidden", "group_chat_created",
  "supergroup_chat_created", "delete_chat_photo", "new_chat_photo", "message_auto_delete_timer_changed"];

const shortened = (text) => (text.length > 32 ? `${text.slice(0, 30).trim()}…` : text);

/** The sentence of a service message, or undefined for an ordinary one. */
export function serviceText(message) {
  const kind = Object.keys(SERVICE).find((name) => message[name]);
  if (kind) return SERVICE[kind](nameOf(message.from), message[kind]);
  return SILENT.some((name) => message[name]) ? t("service.other") : undefined;
}

export const serviceRow = (message, text) => h("div", { class: "service", ...marks(message) }, h("span", {}, text));

const marks = ({ chat, message_id: id }) => ({
  "data-testid": `msg-${chat.id}-${id}`, "data-message-id": id,
});

/**
 * `album`: the messages of one media group, or a single one. `look`: {own, first, last, named}, how it stands
 * among its neighbours. `pane` answers to act, press, menu, jump, react and has a viewer (user id).
 */
export function messageRow(album, look, pane) {
  const [message] = album;
  const bubble = h("div", { class: "bubble" }, ...parts(album, look, pane));
  const row = h("div", {
    class: ["row", look.own ? "own" : "other", look.first && "first", look.last && "last"].filter(Boolean).join(" "),
    tabindex: "-1", role: "article", ...(album.length > 1 ? {} : marks(message)),
    "aria-label": t("message.from", { name: nameOf(message.from), time: time(message.date) }),
    ondblclick: (event) => event.target.closest("button, a, input, video, audio") || pane.reply(message),
    oncontextmenu: (event) => pane.menu(message, event),
  }, h("div", { class: "stack" }, bubble, inlineKeyboard(message, pane)), tools(message, pane));
  bubble.addEventListener("click", (event) => touched(event) && pane.menu(message, event));
  return row;
}

/** On touch screens a tap on the bubble opens its menu, unless it met something that acts by itself. */
function touched(event) {
  return event.pointerType === "touch" && !event.target.closest("button, a, video, audio, [role=button]");
}

function parts(album, look, pane) {
  const [message] = album;
  const captioned = album.find((item) => item.text ?? item.caption) ?? message;
  const above = captioned.show_caption_above_media;
  return [
    look.named && h("div", { class: `name hue-${hue(message.from)}` }, nameOf(message.from),
      message.from?.is_bot && h("span", { class: "tag" }, t("chat.bot"))),
    message.forward_origin && forwarded(message.forward_origin),
    quote(message, pane),
    above && body(captioned, pane),
    attachments(album),
    !above && body(captioned, pane),
    reactions(message, pane),
    meta(album),
  ];
}

function body(message, pane) {
  const text = message.text ?? message.caption;
  if (!text) return null;
  return h("div", { class: "text", dir: "auto" },
    richText(text, message.entities ?? message.caption_entities, (what) => pane.act(what)));
}

function attachments(album) {
  if (album.length === 1) return media(album[0]);
  const pictures = album.every(isPicture);
  return h("div", { class: pictures ? `album tiles-${Math.min(album.length, 10)}` : "album" },
    album.map((item) => h("div", { class: "album-item", ...marks(item) }, media(item))));
}

function forwarded(origin) {
  const name = origin.sender_user_name ?? nameOf(origin.sender_user ?? origin.sender_chat ?? origin.chat);
  return h("div", { class: "forwarded" }, icon("forward"), t("message.forwarded", { name }));
}

/** Every message in a topic formally replies to the topic's first message: that is no quote. */
function quote(message, pane) {
  const target = message.reply_to_message;
  if (!target || target.forum_topic_created) return null;
  return h("button", { type: "button", class: `quote hue-${hue(target.from)}`, onclick: () => pane.jump(target.message_id) },
    h("b", {}, nameOf(target.from)), h("span", {}, message.quote?.text ?? summary(target)));
}

function meta(album) {
  const [message] = album;
  return h("div", { class: "meta" },
    album.some((item) => item.pinned) && h("span", { title: t("message.pinned") }, icon("pin")),
    isEdited(message) && h("span", {}, t("message.edited")),
    h("time", { datetime: new Date(message.date * 1000).toISOString(), title: moment(message.date) }, time(message.date)));
}

/** The bot redraws its cards and their buttons all the time: that is no news. */
const isEdited = (message) =>
  Boolean(message.edited ?? message.edit_date) && !(message.from?.is_bot && message.reply_markup?.inline_keyboard);

function reactions(message, pane) {
  if (!message.reactions?.length) return null;
  const groups = grouped(message.reactions);
  return h("div", { class: "reactions" }, [...groups].map(([emoji, given]) => reaction(message, emoji, given, pane)));
}

function grouped(reactions) {
  const groups = new Map();
  for (const one of reactions) groups.set(one.emoji, [...(groups.get(one.emoji) ?? []), one]);
  return groups;
}

function reaction(message, emoji, given, pane) {
  const mine = given.some((one) => one.user_id === pane.viewer);
  const names = given.map((one) => pane.nameOf(one.user_id)).join(", ");
  return h("button", { type: "button", class: "reaction", "aria-pressed": String(mine), title: names,
    "aria-label": `${emoji} ${names}`, onclick: () => pane.react(message, mine ? null : emoji) },
    emoji, h("span", {}, String(given.length)));
}

function tools(message, pane) {
  const tool = (key, name, onclick) => h("button", { type: "button", class: "tool", title: t(key), "aria-label": t(key),
    tabindex: "-1", onclick }, icon(name));
  return h("div", { class: "tools" },
    tool("menu.reply", "reply", () => pane.reply(message)),
    tool("menu.label", "smile", (event) => pane.menu(message, event)));
}

/** One of seven name colours, always the same for the same sender. */
export const hue = (person) => Math.abs(person?.id ?? 0) % 7;
