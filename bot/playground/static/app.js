// Puts the page together: panes, tabs for narrow screens, language, appearance, links between the panes.
import { iconButton } from "./controls.js";
import { DeskPane } from "./desk.js";
import { toast } from "./dialogs.js";
import { h, icon, memory } from "./dom.js";
import { ignoreStrayFiles } from "./drop.js";
import { suggestLocale, switchLocale, t, translate } from "./i18n.js";
import { meaning } from "./links.js";
import { PlatformPane } from "./platform.js";
import { RequesterPane } from "./requester.js";
import { Store } from "./store.js";

const THEMES = { auto: "system", light: "sun", dark: "moon" };
const TABS = { requester: "chat", desk: "desk", platform: "invoice" };

const store = new Store();
const requester = new RequesterPane(store, { follow });
const desk = new DeskPane(store, { follow });
const platform = new PlatformPane(store);
const panes = { requester, desk, platform };

// ── links ──

/** Opens a link of a message: our own chats on this page, the world in a new tab. */
function follow(link) {
  const what = meaning(link, store.bot.username);
  if (!what) return toast(t("link.refused"), { bad: true });
  if (what.url) return void window.open(what.url.href, "_blank", "noopener,noreferrer");
  if (what.start != null) return start(what.start);
  if (what.chat === store.desk?.id) {
    showTab("desk");
    desk.goto(what);
  }
}

function start(payload) {
  showTab("requester");
  requester.start(payload);
}

// ── tabs (narrow screens) ──

const tabs = h("nav", { class: "tabs", role: "tablist", "data-t-aria-label": "tabs.label" },
  Object.entries(TABS).map(([name, picture]) => h("button", {
    type: "button", role: "tab", id: `tab-${name}`, "data-testid": `tab-${name}`, "aria-controls": `pane-${name}`,
    onclick: () => showTab(name),
  }, icon(picture), h("span", { "data-t": `tab.${name}` }), h("i", { class: "dot" }))));

function showTab(name) {
  document.body.dataset.tab = name;
  memory.set("tab", name);
  for (const key of Object.keys(TABS)) {
    const tab = tabs.querySelector(`#tab-${key}`);
    tab.setAttribute("aria-selected", String(key === name));
    if (key === name) tab.classList.remove("news");
  }
  draw();
  if (name !== "platform") panes[name].chat.log.stick();
}

/** A dot on a tab that is out of sight tells of a new message there. */
function tellNews({ detail: event }) {
  if (event.type !== "message" || event.message?.from?.id === undefined) return;
  const name = event.chat_id === store.desk?.id ? "desk" : event.chat_id === requester.speaker.id ? "requester" : null;
  if (name && name !== document.body.dataset.tab) tabs.querySelector(`#tab-${name}`).classList.add("news");
}

// ── top bar ──

const themeButton = iconButton("theme.auto", icon("system"), () => {
  const names = Object.keys(THEMES);
  setTheme(names[(names.indexOf(memory.get("theme", "auto")) + 1) % names.length]);
});

function setTheme(name) {
  memory.set("theme", name);
  document.documentElement.dataset.theme = name;
  themeButton.replaceChildren(icon(THEMES[name]));
  for (const attribute of ["title", "aria-label"]) {
    themeButton.setAttribute(attribute, t(`theme.${name}`));
    themeButton.setAttribute(`data-t-${attribute}`, `theme.${name}`);
  }
}

const languageButton = h("button", {
  type: "button", class: "language", "data-testid": "language",
  "data-t-title": "language.switch", "data-t-aria-label": "language.switch",
  onclick: () => {
    switchLocale();
    draw();
  },
}, h("span", { class: "zh" }, "中"), h("span", { class: "en" }, "EN"));

const offline = h("div", { class: "offline", role: "status", hidden: true }, h("span", { "data-t": "app.offline" }));

const bar = h("header", { class: "bar" },
  h("span", { class: "brand", "aria-hidden": "true" }, "票"),
  h("div", { class: "brand-text" }, h("h1", { "data-t": "app.title" }), h("p", { "data-t": "app.subtitle" })),
  offline, languageButton, themeButton);

// ── drawing ──

let wasOnline = false;

function draw() {
  suggestLocale(store.state?.notes?.locale);
  wasOnline ||= store.online;
  offline.hidden = store.online || !wasOnline;
  document.body.dataset.platform = String(Boolean(store.state?.platform));
  tabs.querySelector("#tab-platform").hidden = !store.state?.platform;
  for (const pane of Object.values(panes)) pane.draw();
}

document.querySelector("#app").replaceChildren(
  h("a", { class: "skip", href: "#requester-input", "data-t": "app.skip" }), bar,
  h("main", { class: "panes" }, requester.root, desk.root, platform.root), tabs);
setTheme(memory.get("theme", "auto"));
translate();
showTab(memory.get("tab", "requester"));
ignoreStrayFiles();
document.addEventListener("visibilitychange", draw);
store.addEventListener("event", tellNews);
store.watch(draw);
store.start();
