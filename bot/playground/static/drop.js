// Files dragged from the desktop onto a part of the page.
import { h, icon } from "./dom.js";

/** Shows a cover with `words()` while files hover over `zone`, and hands over those that are dropped. */
export function acceptFiles(zone, words, take) {
  const label = h("span");
  const cover = h("div", { class: "drop-cover", hidden: true }, icon("upload"), label);
  let depth = 0; // dragenter and dragleave also come from each child
  const show = (change) => {
    depth = change ? Math.max(0, depth + change) : 0;
    cover.hidden = depth === 0;
    label.textContent = words();
  };
  zone.append(cover);
  zone.addEventListener("dragenter", (event) => hasFiles(event) && show(1));
  zone.addEventListener("dragleave", (event) => hasFiles(event) && show(-1));
  zone.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  zone.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(0);
    take([...event.dataTransfer.files]);
  });
}

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

/** A file dropped beside every zone must not replace the page. */
export function ignoreStrayFiles() {
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => hasFiles(event) && event.preventDefault());
}
