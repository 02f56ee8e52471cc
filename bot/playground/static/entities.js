// Text with Bot API entities → nodes. Offsets count UTF-16 units, as JavaScript's strings do.
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { safeUrl } from "./links.js";

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s" };
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/** `act` is told what was clicked: {open: url}, {say: command} or {copy: text}. */
export function richText(text, entities, act) {
  const ordered = (entities ?? [])
    .filter((entity) => entity.length > 0 && entity.offset < text.length)
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
  return span(text, ordered, 0, text.length, act);
}

/** Nodes of text[from:to]; an entity that sticks out of its parent is cut. */
function span(text, entities, from, to, act) {
  const nodes = document.createDocumentFragment();
  let at = from;
  while (entities.length) {
    const [entity, ...rest] = entities;
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    const inner = rest.filter((other) => other.offset < end);
    entities = rest.slice(inner.length);
    if (start >= end) continue;
    nodes.append(text.slice(at, start));
    nodes.append(wrap(entity, text.slice(start, end), span(text, inner, start, end, act), act));
    at = BLOCKS.has(entity.type) && text[end] === "\n" ? end + 1 : end;
  }
  nodes.append(text.slice(at, to));
  return nodes;
}

function wrap(entity, text, inner, act) {
  const { type } = entity;
  if (type in TAGS) return h(TAGS[type], {}, inner);
  if (type in SPECIAL) return SPECIAL[type](inner, text, act, entity);
  return h("span", { class: "entity" }, inner);
}

const SPECIAL = {
  url: (inner, text, act) => link(inner, text, act),
  text_link: (inner, text, act, entity) => link(inner, entity.url, act),
  text_mention: (inner) => h("span", { class: "mention" }, inner),
  mention: (inner) => h("span", { class: "mention" }, inner),
  email: (inner, text, act) => press("link", inner, () => act({ copy: text })),
  phone_number: (inner, text, act) => press("link", inner, () => act({ copy: text })),
  bot_command: (inner, text, act) => press("link", inner, () => act({ say: text })),
  code: (inner, text, act) => press("code", inner, () => act({ copy: text })),
  pre,
  spoiler,
  blockquote: (inner) => h("blockquote", {}, inner),
  expandable_blockquote: (inner, text) => (isShort(text) ? h("blockquote", {}, inner) : expandable(inner)),
};

function link(inner, url, act) {
  return h("a", {
    href: safeUrl(url)?.href, title: url, target: "_blank", rel: "noopener noreferrer",
    onclick: (event) => {
      event.preventDefault();
      act({ open: url });
    },
  }, inner);
}

/** Looks like text and acts like a button; stays inline so that long values may wrap. */
function press(look, inner, onclick, props = {}) {
  return h("span", {
    class: look, role: "button", tabindex: "0", onclick, ...props,
    onkeydown: (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      onclick(event);
    },
  }, inner);
}

function pre(inner, text, act, entity) {
  const copy = h("button", { type: "button", class: "icon-button", title: t("menu.copy"), "aria-label": t("menu.copy"),
    onclick: () => act({ copy: text }) }, icon("copy"));
  return h("div", { class: "pre" }, h("div", { class: "pre-head" }, entity.language ?? "", copy), h("pre", {}, inner));
}

function spoiler(inner) {
  const shown = h("span", {}, inner);
  const cover = press("spoiler", shown, () => {
    cover.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) cover.removeAttribute(name);
    shown.removeAttribute("aria-hidden");
  }, { "aria-label": t("message.spoiler") });
  shown.setAttribute("aria-hidden", "true");
  return cover;
}

const isShort = (text) => text.length < 80 && text.split("\n").length <= 3;

function expandable(inner) {
  const more = h("button", { type: "button", class: "quote-more" }, t("message.expand"));
  const quote = h("blockquote", { class: "expandable folded" }, h("div", {}, inner), more);
  more.addEventListener("click", () => {
    more.textContent = t(quote.classList.toggle("folded") ? "message.expand" : "message.collapse");
  });
  return quote;
}
