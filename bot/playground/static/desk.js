// The middle pane: the agents' group. A forum shows its topics and one of them; a plain group shows one log.
import { api } from "./api.js";
import { Chat, GENERAL } from "./chat.js";
import { iconButton, searchField } from "./controls.js";
import { ask, failed, popup, under } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { avatar, Speaker } from "./people.js";
import { nameOf } from "./store.js";
import { drawTopics, topicIcon, topicsOf } from "./topics.js";

export class DeskPane {
  #open = null; // GENERAL, a topic's id, or null while none is chosen
  #read = null; // topic → newest message id that was in sight; null until the desk is fetched

  constructor(store, { follow }) {
    this.store = store;
    this.chat = new Chat(store, "desk", { follow, empty: () => [h("p", {}, t("chat.empty"))], named: true });
    this.speaker = new Speaker("desk", "desk.who", () => this.draw());
    this.face = h("span", { class: "face" });
    this.title = h("h2");
    this.status = h("small");
    this.header = h("header", { class: "pane-head" }, this.face, h("div", { class: "pane-title" }, this.title, this.status),
      this.speaker.root, iconButton("desk.new_topic", icon("plus"), () => this.#create()));
    this.find = searchField("desk.find", () => this.draw());
    this.list = h("ul", { class: "topic-list", "data-testid": "topic-list", "data-t-aria-label": "desk.topics" });
    this.topics = h("nav", { class: "topics", "data-t-aria-label": "desk.topics" }, this.find.root, this.list);
    this.topicName = h("h3");
    this.topicFace = h("span", { class: "face" });
    this.topicMore = iconButton("topic.menu", icon("more"), (event) => this.#menu(event), { "aria-haspopup": "menu" });
    this.topicHead = h("div", { class: "topic-head" },
      iconButton("topic.back", icon("back"), () => this.#choose(null), { class: "topic-back" }),
      this.topicFace, this.topicName, this.topicMore);
    this.blank = h("div", { class: "blank" });
    this.conversation = h("div", { class: "conversation" }, this.topicHead, this.chat.root);
    this.body = h("div", { class: "desk-body" }, this.topics, this.blank, this.conversation);
    this.root = h("section", { class: "pane desk", id: "pane-desk", "data-t-aria-label": "desk.label" }, this.header, this.body);
  }

  draw() {
    const { desk, state } = this.store;
    if (!state) return;
    if (!desk) return this.#drawMissing();
    this.store.open(desk.id);
    const agents = state.people.filter(({ id, role }) => role === "agent" || desk.members?.includes(id));
    this.speaker.draw([["desk.people", agents]], state.notes?.agent_ids?.[0]);
    this.face.replaceChildren(avatar(desk));
    this.title.textContent = desk.title;
    this.status.textContent = agents.map(nameOf).join("、");
    const topics = topicsOf(desk, this.store.messages(desk.id));
    if (!desk.is_forum) this.#open = GENERAL;
    else if (!topics.some(({ id }) => id === this.#open)) this.#open = null;
    this.#drawTopics(desk, topics);
    this.#drawConversation(desk, topics.find(({ id }) => id === this.#open));
  }

  #drawMissing() {
    this.title.textContent = t("tab.desk");
    this.blank.replaceChildren(h("p", {}, t("desk.none")));
    this.body.dataset.view = "blank";
  }

  // ── topics ──

  #drawTopics(desk, topics) {
    this.#markRead(topics, this.store.messages(desk.id) !== undefined);
    const wanted = this.find.words();
    this.topics.classList.toggle("with-find", topics.length > 6 || wanted !== "");
    drawTopics(this.list, topics.filter(({ name }) => name.toLowerCase().includes(wanted)), {
      open: this.#open, isUnread: this.#isUnread, choose: (id) => this.#choose(id),
    });
  }

  /** A topic is read while it is open on a visible pane; what was there before the page came counts as read. */
  #markRead(topics, loaded) {
    if (!loaded) this.#read = null;
    else this.#read ??= new Map(topics.map(({ id, newest }) => [id, newest]));
    const open = topics.find(({ id }) => id === this.#open);
    if (open && !document.hidden && this.root.offsetParent) this.#read?.set(open.id, open.newest);
  }

  #isUnread = ({ id, newest }) => this.#read !== null && newest > (this.#read.get(id) ?? 0);

  #choose(id) {
    this.#open = id;
    this.draw();
    if (id != null && matchMedia("(hover: hover)").matches) this.chat.composer.focus();
  }

  /** Opens a topic and perhaps one message in it; used by links into the desk. */
  goto({ thread, message }) {
    this.#choose(thread ?? GENERAL);
    if (message) setTimeout(() => this.chat.jump(message));
  }

  #menu(event) {
    const { closed } = this.store.desk.topics.find(({ message_thread_id: id }) => id === this.#open);
    const change = (how) => () => this.#change({ message_thread_id: this.#open, ...how });
    popup(under(event.currentTarget), [
      { label: t(closed ? "topic.reopen" : "topic.close"), picture: closed ? "check" : "lock", run: change({ closed: !closed }) },
      { label: t("topic.delete"), picture: "trash", danger: true, run: change({ deleted: true }) },
    ]);
  }

  #change = (how) => api.changeTopic({ user_id: this.speaker.id, chat_id: this.store.desk.id, ...how })
    .catch((error) => failed(error, this.root));

  async #create() {
    const name = await ask(t("desk.new_topic_name"), 128);
    if (!name) return;
    const place = { user_id: this.speaker.id, chat_id: this.store.desk.id, name };
    await api.createTopic(place).catch((error) => failed(error, this.root));
  }

  // ── the topic that is open ──

  #drawConversation(desk, topic) {
    this.body.dataset.view = topic ? "topic" : "list";
    this.body.classList.toggle("forum", desk.is_forum);
    if (!topic) return this.#drawBlank();
    this.topicName.textContent = topic.name;
    this.topicMore.hidden = topic.id === GENERAL;
    this.topicFace.replaceChildren(topicIcon(topic));
    this.chat.show({
      chatId: desk.id, threadId: desk.is_forum ? topic.id : undefined, viewer: this.speaker.id,
      notice: topic.closed ? t("desk.closed") : "",
    });
  }

  #drawBlank() {
    this.blank.replaceChildren(icon("chat"), h("b", {}, t("desk.choose")), h("p", {}, t("desk.choose_hint")));
  }
}
