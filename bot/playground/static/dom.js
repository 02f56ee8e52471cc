// Builds elements. Data only ever becomes text nodes or checked attributes, never markup.

/** `h("button", {class: "icon", onclick: fn, "aria-label": "…"}, child, …)`; null and false children are skipped. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) assign(element, name, value);
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

function assign(element, name, value) {
  if (value == null || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "class") element.className = value;
  else if (name === "value" || name === "checked") element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

/** Exchanges only the children of a list that differ: focus and scrolling stay where they are. */
export function setChildren(list, nodes) {
  const kept = new Set(nodes);
  for (const child of [...list.children]) if (!kept.has(child)) child.remove();
  for (const [index, node] of nodes.entries())
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
}

const SHAPES = {
  attach: "M21 11.5 12.3 20a5.6 5.6 0 0 1-8-7.9l9-8.8a3.8 3.8 0 0 1 5.3 5.3l-8.9 8.8a1.9 1.9 0 0 1-2.7-2.7l8-7.8",
  back: "M15 5l-7 7 7 7",
  block: "M5.6 5.6l12.8 12.8M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18",
  check: "M5 12.5l4.5 4.5L19 7",
  chat: "M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5z",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h10v11H9zM5 15V4h10",
  desk: "M4 13v-1a8 8 0 0 1 16 0v1M4 13h3v6H5.5A1.5 1.5 0 0 1 4 17.5zM20 13h-3v6h1.5a1.5 1.5 0 0 0 1.5-1.5z",
  down: "M6 9l6 6 6-6",
  edit: "M4 20l1-4.5L16.5 4 20 7.5 8.5 19z",
  external: "M8 16L18 6M10 6h8v8",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  forward: "M14 6l6 6-6 6M20 12H9a5 5 0 0 0-5 5v1",
  invoice: "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
  keyboard: "M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M8 14.5h8",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  more: "M12 5.5h.01M12 12h.01M12 18.5h.01",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  pin: "M9 3h6l-1 7 3.5 3.5h-11L10 10zM12 13.5V21",
  plus: "M12 5v14M5 12h14",
  reply: "M10 6l-6 6 6 6M4 12h11a5 5 0 0 1 5 5v1",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13M15.5 15.5L20 20",
  send: "M5 12h13M12 5.5l6.5 6.5-6.5 6.5",
  slash: "M15 5L9 19",
  smile: "M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18M8.5 14.5c1.800 2.300 5.200 2.300 7 0M9 9.5h.01M15 9.5h.01",
  sun: "M12 8a4 4 0 1 1 0 8a4 4 0 0 1 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  upload: "M12 16V5M7.5 9.5L12 5l4.5 4.5M4 16v4h16v-4",
};

/** A line icon of 24 × 24 units that takes the colour of its text; hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** The reader's choices (language, theme, who speaks …) outlive a reload, where the browser allows it. */
export const memory = {
  get(name, fallback = null) {
    try {
      return JSON.parse(localStorage.getItem(`playground.${name}`)) ?? fallback;
    } catch {
      return fallback;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`playground.${name}`, JSON.stringify(value));
    } catch {
      // Storage may be switched off or full: the choice then lasts until the page is closed.
    }
  },
};
