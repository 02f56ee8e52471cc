// The message field: text, files, commands, what is replied to or edited, and the reply keyboard.
import { api } from "./api.js";
import { iconButton } from "./controls.js";
import { failed, popup } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { size, t } from "./i18n.js";
import { replyKeyboard } from "./keyboards.js";
import { summary } from "./media.js";
import { nameOf } from "./store.js";

const MAX_HEIGHT = 160; // pixels, about seven lines
const INLINE_PAUSE = 250; // milliseconds without a key before the bot is asked

/** `pane` gives target() → {user_id, chat_id, message_thread_id?}, commands(), store, send, upload, say and lastOwn(). */
export class Composer {
  #files = [];
  #reply = null;
  #editing = null;
  #drafts = new Map(); // conversation → text not sent yet
  #conversation = "";
  #markup = null; // the message whose reply keyboard is in force
  #keyboardOpen = false;
  #asking = 0; // the timer of the next inline query

  constructor(pane, name) {
    this.pane = pane;
    this.input = h("textarea", {
      rows: "1", disabled: true, "data-testid": `${name}-input`, enterkeyhint: "send", autocomplete: "off", dir: "auto", id: `${name}-input`,
      "data-t-aria-label": "composer.placeholder",
      oninput: () => this.#typed(), onkeydown: (event) => this.#key(event), onpaste: (event) => this.#paste(event),
    });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, "data-testid": `${name}-file`,
      onchange: () => (this.attach(this.picker.files), (this.picker.value = "")) });
    this.context = h("div", { class: "context", hidden: true });
    this.tray = h("ul", { class: "tray", hidden: true });
    this.suggestions = h("div", { class: "suggestions", role: "listbox", hidden: true });
    this.toggle = iconButton("composer.keyboard", icon("keyboard"), () => this.#toggleKeyboard(), { hidden: true });
    this.slash = iconButton("composer.commands", icon("slash"), () => this.#showCommands());
    this.button = iconButton("composer.send", icon("send"), null, { type: "submit", class: "send", "data-testid": `${name}-send` });
    this.keys = h("div", { hidden: true });
    this.root = h("form", { class: "composer", onsubmit: (event) => (event.preventDefault(), this.#submit()) },
      this.context, this.tray, this.suggestions,
      h("div", { class: "line" },
        iconButton("composer.attach", icon("attach"), () => this.picker.click()),
        h("div", { class: "field" }, this.input, this.toggle, this.slash), this.button),
      this.keys, this.picker);
  }

  focus = () => this.input.focus();

  /** Draws for the conversation that is open now; each keeps its own draft. */
  update(conversation, { markup, enabled }) {
    if (conversation !== this.#conversation) this.#change(conversation);
    this.#useMarkup(markup);
    const placeholder = markup?.reply_markup.input_field_placeholder;
    this.input.placeholder = this.#files.length ? t("composer.caption") : placeholder || t("composer.placeholder");
    this.input.disabled = !enabled;
    this.slash.hidden = !this.pane.commands().length || this.input.value !== "";
  }

  #change(conversation) {
    this.#drafts.set(this.#conversation, this.#editing ? "" : this.input.value);
    this.#conversation = conversation;
    this.#files = [];
    this.cancel();
    this.#set(this.#drafts.get(conversation) ?? "");
    this.#drawTray();
  }

  #set(text) {
    this.input.value = text;
    this.#typed();
  }

  #typed() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, MAX_HEIGHT)}px`;
    this.slash.hidden = this.input.value !== "" || !this.pane.commands().length;
    clearTimeout(this.#asking);
    const query = this.#inlineQuery();
    if (query != null) this.#asking = setTimeout(() => this.#askInline(query), INLINE_PAUSE);
    else this.#suggestCommands(this.input.value.match(/^\/(\w*)$/)?.[1]);
  }

  /** Puts text where the person may go on writing. */
  insert(text) {
    this.#set(text);
    this.focus();
  }

  // ── replies and edits ──

  reply(message) {
    this.#reply = message;
    this.#editing = null;
    this.#drawContext("reply", t("composer.reply", { name: nameOf(message.from) }), message);
  }

  edit(message) {
    this.#reply = null;
    this.#editing = message;
    this.#drawContext("edit", t("composer.edit"), message);
    this.#set(message.text ?? message.caption ?? "");
  }

  cancel() {
    if (this.#editing) this.#set("");
    this.#reply = this.#editing = null;
    this.context.hidden = true;
    this.context.replaceChildren();
  }

  #drawContext(picture, title, message) {
    this.context.replaceChildren(icon(picture),
      h("div", { class: "context-text" }, h("b", {}, title), h("span", {}, summary(message))),
      iconButton("composer.cancel", icon("close"), () => this.cancel()));
    this.context.hidden = false;
    this.focus();
  }

  // ── files ──

  attach(files) {
    this.#files.push(...files);
    this.#drawTray();
    this.focus();
  }

  #paste(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.attach(files);
  }

  #drawTray() {
    this.tray.hidden = !this.#files.length;
    this.tray.replaceChildren(...this.#files.map((file) => h("li", {}, icon("file"),
      h("span", {}, file.name), h("small", {}, size(file.size)),
      h("button", { type: "button", class: "icon-button", "aria-label": t("composer.remove", { name: file.name }),
        onclick: () => (this.#files.splice(this.#files.indexOf(file), 1), this.#drawTray()) }, icon("close")))));
  }

  // ── commands ──

  #showCommands() {
    const { left, top } = this.slash.getBoundingClientRect();
    const entries = this.pane.commands().map(({ command, description }) => ({
      label: `/${command}  ${description}`, run: () => this.pane.say(`/${command}`),
    }));
    popup({ x: left - 200, y: top - 40 * (entries.length + 1) }, entries);
  }

  #suggestCommands(typed) {
    const commands = typed == null ? [] : this.pane.commands().filter(({ command }) => command.startsWith(typed.toLowerCase()));
    this.#suggest(commands.map(({ command, description }) => ({
      title: `/${command}`, description, complete: `/${command} `, run: () => (this.#set(`/${command}`), this.#submit()),
    })));
  }

  /** Entries of {title, description, run, complete?}; `complete` is what Tab puts into the field. */
  #suggest(entries) {
    this.suggestions.hidden = !entries.length;
    this.suggestions.replaceChildren(...entries.map(({ title, description, run, complete }, index) => h("button", {
      type: "button", role: "option", tabindex: "-1", "aria-selected": String(index === 0), "data-complete": complete ?? "",
      onclick: () => (run(), this.focus()),
    }, h("b", {}, title), h("span", {}, description ?? ""))));
  }

  // ── @bot … ──

  #inlineQuery() {
    const [first, ...rest] = this.input.value.split(/ (.*)/s);
    return rest.length && first.toLowerCase() === `@${this.pane.store.bot.username}`.toLowerCase() ? rest[0] : null;
  }

  /** `before`: the entries that this answer goes on behind, once somebody has scrolled to their end. */
  async #askInline(text, offset = "", before = []) {
    const { user_id } = this.pane.target();
    const answer = await this.pane.store.inline({ user_id, text, offset }).catch((error) => failed(error, this.pane.root));
    if (!answer || this.#inlineQuery() !== text) return; // typed on since
    const results = answer.results.map(({ id, title, description }) => ({
      title, description, run: () => this.#pick(answer.inline_query_id, id),
    }));
    const { text: title, start_parameter } = answer.button ?? {};
    const entries = [...before, ...(start_parameter ? [{ title, run: () => this.#start(start_parameter) }] : []), ...results];
    const { scrollTop } = this.suggestions;
    this.#suggest(entries);
    this.suggestions.scrollTop = before.length ? scrollTop : 0;
    this.suggestions.onscroll = answer.next_offset ? () => this.#scrolledInline(text, answer.next_offset, entries) : null;
  }

  #scrolledInline(text, offset, entries) {
    const { scrollTop, clientHeight, scrollHeight } = this.suggestions;
    if (scrollTop + clientHeight < scrollHeight - 40) return;
    this.suggestions.onscroll = null; // asked once
    this.#askInline(text, offset, entries);
  }

  #start(parameter) {
    this.#set("");
    return this.pane.say(`/start ${parameter}`);
  }

  #pick(inline_query_id, result_id) {
    const { chat_id, message_thread_id } = this.pane.target();
    this.#set("");
    return api.pick({ inline_query_id, result_id, chat_id, message_thread_id }).catch((error) => failed(error, this.pane.root));
  }

  /** Arrow keys, Tab and Enter belong to the list of commands while it is open; true = used up. */
  #keyInSuggestions(event) {
    const options = [...this.suggestions.children];
    if (!options.length) return false;
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      options[at].setAttribute("aria-selected", "false");
      const next = options.at((at + step) % options.length);
      next.setAttribute("aria-selected", "true");
      next.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Tab") this.#set(options[at].dataset.complete || this.input.value);
    else if (event.key === "Escape") this.#suggest([]);
    else if (event.key === "Enter" && !event.shiftKey) options[at].click();
    else return false;
    return true;
  }

  // ── the keyboard under the field ──

  #useMarkup(markup) {
    if (markup?.message_id !== this.#markup?.message_id) this.#keyboardOpen = Boolean(markup);
    this.#markup = markup;
    const keyboard = markup?.reply_markup.keyboard && markup.reply_markup;
    this.toggle.hidden = !keyboard;
    this.keys.hidden = !keyboard || !this.#keyboardOpen;
    this.toggle.setAttribute("aria-expanded", String(!this.keys.hidden));
    this.#drawKeys(keyboard || null);
  }

  /** A new keyboard only: keys must not be exchanged between a finger's going down and up. */
  #drawKeys(keyboard) {
    if (JSON.stringify(keyboard) === this.keys.look) return;
    this.keys.look = JSON.stringify(keyboard);
    this.keys.replaceChildren(...(keyboard ? [replyKeyboard(keyboard, (text) => this.#pressKey(keyboard, text))] : []));
  }

  #pressKey(keyboard, text) {
    if (keyboard.one_time_keyboard) this.#toggleKeyboard();
    this.pane.say(text);
  }

  #toggleKeyboard() {
    this.#keyboardOpen = !this.#keyboardOpen;
    this.#useMarkup(this.#markup);
  }

  // ── sending ──

  #key(event) {
    // While an input method composes (pinyin …), Enter chooses a word; 229 is how Safari tells it.
    if (event.isComposing || event.keyCode === 229) return;
    if (this.#keyInSuggestions(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) (event.preventDefault(), this.#submit());
    else if (event.key === "Escape") this.cancel();
    else if (event.key === "ArrowUp" && !this.input.value) this.#editLast(event);
  }

  #editLast(event) {
    const message = this.pane.lastOwn();
    if (!message) return;
    event.preventDefault();
    this.edit(message);
  }

  async #submit() {
    const text = this.input.value.trim();
    if (!text && !this.#files.length) return;
    const before = { text: this.input.value, files: this.#files, reply: this.#reply, editing: this.#editing };
    this.#files = [];
    this.#reply = this.#editing = null;
    this.cancel();
    this.#set("");
    this.#drawTray();
    try {
      await this.#transmit(text, before);
    } catch (error) {
      this.#restore(before);
      failed(error, this.pane.root);
    }
  }

  #transmit(text, { files, reply, editing }) {
    const target = this.pane.target();
    if (editing) return api.edit({ user_id: target.user_id, chat_id: target.chat_id, message_id: editing.message_id, text });
    const place = { ...target, reply_to_message_id: reply?.message_id };
    return files.length ? this.pane.upload({ ...place, caption: text }, files) : this.pane.send({ ...place, text });
  }

  #restore({ text, files, reply, editing }) {
    this.#files = files;
    this.#drawTray();
    if (editing) this.edit(editing);
    else if (reply) this.reply(reply);
    this.#set(text);
  }
}
