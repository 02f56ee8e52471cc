// Inline keyboards under messages and reply keyboards under the composer.
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

const STYLES = new Set(["primary", "success", "danger"]); // InlineKeyboardButton.style

export function inlineKeyboard(message, pane) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return h("div", { class: "keyboard", role: "group", "aria-label": t("message.buttons") },
    rows.map((row) => h("div", { class: "keys" }, row.map((button) => inlineButton(button, message, pane)))));
}

function inlineButton(button, message, pane) {
  return h("button", { type: "button", class: look(button), onclick: (event) => tap(button, message, pane, event) },
    h("span", {}, button.text), hint(button));
}

const look = ({ style }) => (STYLES.has(style) ? `key ${style}` : "key");

function hint(button) {
  if (button.url || button.login_url || button.web_app) return icon("external");
  return button.copy_text ? icon("copy") : null;
}

async function tap(button, message, pane, event) {
  const url = button.url ?? button.login_url?.url ?? button.web_app?.url;
  const query = button.switch_inline_query_current_chat ?? button.switch_inline_query;
  if (url) pane.act({ open: url });
  else if (button.copy_text) pane.act({ copy: button.copy_text.text });
  else if (query != null) pane.act({ inline: query });
  else if (button.callback_data == null) pane.act({ tell: t("button.unsupported") });
  else await busy(event.currentTarget, () => pane.press(message, button.callback_data));
}

/** One press at a time for each button, with a sign that the bot is at work. */
async function busy(key, work) {
  if (key.getAttribute("aria-busy") === "true") return;
  key.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    key.removeAttribute("aria-busy");
  }
}

/** The markup that rules the chat now: the last one sent, unless it was taken away (Bot API, ReplyKeyboardMarkup). */
export function currentReplyMarkup(messages) {
  const last = messages.findLast(({ reply_markup: markup }) =>
    markup && (markup.keyboard || markup.remove_keyboard || markup.force_reply));
  return last && (last.reply_markup.keyboard || last.reply_markup.force_reply) ? last : null;
}

export function replyKeyboard({ keyboard }, say) {
  return h("div", { class: "reply-keyboard", role: "group", "aria-label": t("message.buttons") },
    keyboard.map((row) => h("div", { class: "keys" }, row.map((key) => replyKey(key, say)))));
}

function replyKey(key, say) {
  const button = typeof key === "string" ? { text: key } : key;
  const special = Object.keys(button).some((name) => name.startsWith("request_") || name === "web_app");
  return h("button", { type: "button", class: look(button), disabled: special,
    title: special ? t("button.unsupported") : null, onclick: () => say(button.text) }, button.text);
}
