// What lies above the panes for a moment: toasts, alerts, questions, menus, an enlarged photo.
import { iconButton } from "./controls.js";
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

const TOAST_SECONDS = 4;

/** A short notice; in `host` (a pane) or over the whole page. Screen readers hear it. */
export function toast(text, { host = document.body, bad = false } = {}) {
  const shelf = host.querySelector(":scope > .toasts") ?? host.appendChild(h("div", { class: "toasts", role: "status" }));
  const note = h("div", { class: bad ? "toast bad" : "toast" }, text);
  shelf.replaceChildren(note);
  setTimeout(() => note.remove(), TOAST_SECONDS * 1000 + text.length * 30);
}

export const failed = (error, host) => toast(t("app.failed", { error: error.message }), { host, bad: true });

/** A callback answer with show_alert: stays until it is confirmed. */
export function alertBox(text) {
  return shown(h("dialog", { class: "dialog", "data-testid": "alert" }, h("p", {}, text),
    h("form", { method: "dialog", class: "dialog-actions" }, h("button", { class: "button primary" }, t("dialog.ok")))));
}

/** Asks for one line of text; resolves to "" when cancelled. */
export async function ask(label, maxlength) {
  const input = h("input", { required: true, maxlength, autocomplete: "off" });
  const box = h("dialog", { class: "dialog" }, h("form", { method: "dialog" },
    h("label", {}, label, input),
    h("div", { class: "dialog-actions" },
      h("button", { type: "button", class: "button", onclick: () => box.close() }, t("dialog.cancel")),
      h("button", { class: "button primary", value: "ok" }, t("dialog.ok")))));
  return (await shown(box)) === "ok" ? input.value.trim() : "";
}

export function enlarge(src, alt) {
  const box = h("dialog", { class: "lightbox", "aria-label": alt },
    h("img", { src, alt }), iconButton("dialog.close", icon("close")));
  box.addEventListener("click", () => box.close());
  shown(box);
}

/** Shows a modal dialog and removes it after; resolves to its return value. */
function shown(box) {
  const before = document.activeElement;
  document.body.append(box);
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => {
      box.remove();
      before?.focus?.();
      resolve(box.returnValue);
    }, { once: true });
  });
}

/**
 * A menu at a point of the screen. `items`: {label, picture, danger, run}; `strip`: {label, text, run}, shown as
 * one row on top. Escape, a click elsewhere and the wheel close it; arrows walk through it.
 */
export function popup(point, items, strip = []) {
  const before = document.activeElement;
  const close = () => {
    menu.remove();
    for (const [kind, listener] of outside) removeEventListener(kind, listener, true);
    if (document.activeElement === document.body) before?.focus?.({ preventScroll: true });
  };
  const entry = ({ label, text, picture, danger, run }) => h("button", {
    type: "button", role: "menuitem", class: danger ? "danger" : "", tabindex: "-1",
    title: text ? label : null, "aria-label": label,
    onclick: () => (close(), run()),
  }, picture && icon(picture), text ?? label);
  const menu = h("div", {
    class: "menu", role: "menu", "aria-label": t("menu.label"), onkeydown: (event) => walk(menu, event, close),
  }, strip.length > 0 && h("div", { class: "menu-strip" }, strip.map(entry)), items.map(entry));
  const outside = Object.entries({
    pointerdown: (event) => menu.contains(event.target) || close(),
    wheel: close, resize: close,
  });
  document.body.append(menu);
  fit(menu, point);
  menu.querySelector("button")?.focus();
  for (const [kind, listener] of outside) addEventListener(kind, listener, true);
}

/** Where the menu of a button opens: below it, ending where it ends. */
export function under(button) {
  const { right, bottom } = button.getBoundingClientRect();
  return { x: right - 200, y: bottom + 4 };
}

function walk(menu, event, close) {
  const keys = [...menu.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (event.key === "Escape" || event.key === "Tab") close();
  if (event.key === "Tab" || !step) return;
  event.preventDefault();
  keys.at((keys.indexOf(document.activeElement) + step) % keys.length).focus();
}

/** Places the menu at the point, or as near as the window allows. */
function fit(menu, { x, y }) {
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
}
