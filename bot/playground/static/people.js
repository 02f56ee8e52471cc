// Who is who: avatars and the choice of the person who speaks in a pane.
import { h, memory } from "./dom.js";
import { t } from "./i18n.js";
import { hue } from "./message.js";
import { nameOf } from "./store.js";

/** A round picture: the last character of a Chinese name, the initials of another. */
export function avatar(person) {
  return h("span", { class: `avatar back-${hue(person)}`, "aria-hidden": "true" }, initials(nameOf(person)));
}

function initials(name) {
  if (/\p{Script=Han}/u.test(name)) return name.match(/\p{Script=Han}/gu).at(-1);
  return name.split(/\s+/).slice(0, 2).map((word) => [...word][0]).join("").toUpperCase();
}

/** A select of people in groups; remembers the choice and calls `onchange` after it. */
export class Speaker {
  constructor(name, labelKey, onchange) {
    this.name = name;
    this.id = memory.get(name);
    this.select = h("select", { "data-testid": `${name}-speaker`, "data-t-aria-label": labelKey, "data-t-title": labelKey,
      onchange: () => (this.choose(Number(this.select.value)), onchange()) });
    this.root = h("label", { class: "speaker" }, h("span", { "data-t": "speaker.as" }), this.select);
  }

  choose(id) {
    this.id = id;
    memory.set(this.name, id);
  }

  /** `groups`: [[text key, people], …]; `preferred` speaks until somebody is chosen. */
  draw(groups, preferred) {
    const people = groups.flatMap(([, list]) => list);
    if (!people.some(({ id }) => id === this.id)) this.id = (people.find(({ id }) => id === preferred) ?? people[0])?.id ?? null;
    const signature = JSON.stringify([groups.map(([key, list]) => [t(key), list.map(({ id, first_name: name }) => [id, name])])]);
    if (signature !== this.signature) this.select.replaceChildren(...groups.filter(([, list]) => list.length).map(group));
    this.signature = signature;
    this.select.value = this.id;
    this.root.hidden = !people.length;
  }
}

const group = ([key, people]) =>
  h("optgroup", { label: t(key) }, people.map((person) => h("option", { value: String(person.id) }, nameOf(person))));
