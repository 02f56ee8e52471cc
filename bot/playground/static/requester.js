// The left pane: a requester's private chat with the bot.
import { api } from "./api.js";
import { Chat } from "./chat.js";
import { iconButton } from "./controls.js";
import { failed, popup, under } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { avatar, Speaker } from "./people.js";
import { nameOf } from "./store.js";

export class RequesterPane {
  constructor(store, { follow }) {
    this.store = store;
    this.chat = new Chat(store, "requester", { follow, empty: () => this.#welcome(), named: false });
    this.speaker = new Speaker("requester", "requester.who", () => this.draw());
    this.face = h("span", { class: "face" });
    this.title = h("h2");
    this.status = h("small");
    this.header = h("header", { class: "pane-head" }, this.face, h("div", { class: "pane-title" }, this.title, this.status),
      this.speaker.root, iconButton("chat.menu", icon("more"), (event) => this.#menu(event), { "aria-haspopup": "menu" }));
    this.root = h("section", { class: "pane requester", id: "pane-requester", "data-t-aria-label": "requester.label" },
      this.header, this.chat.root);
  }

  draw() {
    const { bot, state } = this.store;
    if (!state) return;
    const requesters = state.people.filter(({ id }) => !this.#isAgent(id));
    const agents = state.people.filter(({ id }) => this.#isAgent(id));
    this.speaker.draw([["requester.people", requesters], ["desk.people", agents]], state.notes?.requester_id);
    this.face.replaceChildren(avatar(bot));
    this.title.textContent = nameOf(bot);
    const typing = this.speaker.id != null && this.store.typing(this.speaker.id);
    this.status.textContent = typing ? `${t("chat.typing")}…` : t("chat.bot");
    const blocked = this.store.person(this.speaker.id)?.blocked;
    if (this.speaker.id != null)
      this.chat.show({ chatId: this.speaker.id, viewer: this.speaker.id, notice: blocked ? t("chat.blocked") : "" });
  }

  #isAgent(id) {
    return this.store.person(id)?.role === "agent" || (this.store.state.notes?.agent_ids ?? []).includes(id);
  }

  /** As in Telegram, a chat begins with its Start button. */
  #welcome() {
    return [h("div", { class: "welcome" }, avatar(this.store.bot), h("b", {}, nameOf(this.store.bot)),
      h("p", {}, t("chat.start_hint")),
      h("button", { type: "button", class: "button primary", onclick: () => this.chat.say("/start") }, t("chat.start")))];
  }

  /** A link that starts the bot. One with a payload may be meant for somebody else: whoever is chosen opens it. */
  start(payload) {
    if (!payload) return this.chat.say("/start");
    popup(under(this.speaker.root), this.store.state.people.map((person) => ({
      label: t("link.open_as", { name: nameOf(person) }), run: () => this.#startAs(person.id, payload),
    })));
  }

  #startAs(id, payload) {
    this.speaker.choose(id);
    this.draw();
    this.chat.say(`/start ${payload}`);
  }

  #menu(event) {
    const { id, blocked } = this.store.person(this.speaker.id) ?? {};
    const change = () => api.setBlocked(id, !blocked).catch((error) => failed(error, this.root));
    popup(under(event.currentTarget), [blocked
      ? { label: t("chat.unblock"), picture: "check", run: change }
      : { label: t("chat.block"), picture: "block", danger: true, run: change }]);
  }
}
