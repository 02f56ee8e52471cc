// Small controls that several panes use; their words follow the page's language.
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

/** A button with an icon only: its name is tooltip and label. */
export function iconButton(key, picture, onclick, { class: extra = "", ...props } = {}) {
  return h("button", {
    type: "button", class: `icon-button ${extra}`, "data-t-title": key, "data-t-aria-label": key,
    title: t(key), "aria-label": t(key), onclick, ...props,
  }, picture);
}

/** A field that filters a list while one types; `root` goes on the page. */
export function searchField(key, oninput) {
  const input = h("input", {
    type: "search", "data-t-placeholder": key, "data-t-aria-label": key, placeholder: t(key), "aria-label": t(key), oninput,
  });
  return { root: h("label", { class: "find" }, icon("search"), input), words: () => input.value.trim().toLowerCase() };
}
