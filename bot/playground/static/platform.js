// The right pane: the invoicing system. It sends invoices and status changes to the real ingest API.
import { api } from "./api.js";
import { searchField } from "./controls.js";
import { failed, toast } from "./dialogs.js";
import { h, icon, setChildren } from "./dom.js";
import { acceptFiles } from "./drop.js";
import { known, locale, t } from "./i18n.js";

const STATUSES = ["normal", "void", "red", "partly_red", "fully_red", "red_pending"];
const SHOWN_PROBLEMS = 20;

export class PlatformPane {
  #invoices = null;
  #fetched = false;
  #result = null; // {name, answer} of the last import

  constructor(store) {
    this.store = store;
    this.title = h("h2", { "data-t": "platform.title" });
    this.find = searchField("platform.find", () => this.#drawList());
    this.count = h("small");
    this.picker = h("input", {
      type: "file", class: "unseen", "data-testid": "platform-file", accept: ".csv,.xlsx,.xls,.jsonl,.ndjson,.txt",
      onchange: () => this.#import(this.picker.files),
    });
    this.summary = h("div", { class: "summary", role: "status", hidden: true });
    this.list = h("ul", { class: "invoices" });
    const body = h("div", { class: "platform-body" },
      h("label", { class: "drop" }, this.picker, icon("upload"),
        h("b", { "data-t": "platform.drop" }), h("small", { "data-t": "platform.formats" })),
      this.summary,
      h("div", { class: "tools-line" }, this.find.root, this.count), this.list);
    this.root = h("section", { class: "pane platform", id: "pane-platform", "data-t-aria-label": "platform.title" },
      h("header", { class: "pane-head" }, h("span", { class: "face" }, h("span", { class: "avatar seal" }, icon("invoice"))),
        h("div", { class: "pane-title" }, this.title, h("small", { "data-t": "platform.subtitle" }))), body);
    acceptFiles(this.root, () => t("platform.drop"), (files) => this.#import(files));
    store.addEventListener("event", ({ detail }) => ["platform", "reset"].includes(detail.type) && this.#fetch());
  }

  draw() {
    const { platform } = this.store.state ?? {};
    if (!platform) return;
    if (!this.#fetched) this.#fetch();
    if (this.#result && this.summary.lang !== locale()) this.#drawResult();
    this.#drawList();
  }

  async #fetch() {
    this.#fetched = true;
    this.#invoices = await api.invoices().catch((error) => (failed(error, this.root), this.#invoices ?? []));
    this.#drawList();
  }

  // ── import ──

  async #import(files) {
    for (const file of [...files]) await this.#importOne(file);
    this.picker.value = "";
  }

  async #importOne(file) {
    this.#result = null;
    this.#drawSummary(h("b", {}, t("platform.importing", { name: file.name })));
    try {
      this.#result = { name: file.name, answer: await api.importInvoices(file) };
      this.#drawResult();
      await this.#fetch();
    } catch (error) {
      this.#drawSummary(h("b", { class: "bad" }, file.name), h("p", {}, error.message));
    }
  }

  #drawSummary(...children) {
    this.summary.hidden = false;
    this.summary.replaceChildren(...children.filter((child) => child !== false));
  }

  /** Every count of the answer that is not zero is shown, known or not; rejected rows and warnings come below. */
  #drawResult() {
    const { name, answer } = this.#result;
    this.summary.lang = locale();
    const counts = Object.entries(answer).filter(([, value]) => typeof value === "number" && value > 0);
    this.#drawSummary(h("b", {}, t("platform.imported", { name })),
      h("div", { class: "counts" }, counts.map(([key, value]) => h("span", {
        class: key === "rejected_total" ? "count bad" : "count",
      }, h("b", {}, String(value)), " ", label("summary", key))), counts.length === 0 && t("summary.nothing")),
      problems(answer.rejected, answer.rejected_total), problems(answer.warnings, answer.warnings_total, "odd"));
  }

  // ── invoices ──

  #drawList() {
    const all = this.#invoices ?? [];
    const wanted = this.find.words();
    const shown = all.filter((invoice) => !wanted || searchable(invoice).includes(wanted));
    const key = shown.length === all.length ? "platform.count" : "platform.count.some";
    this.count.textContent = all.length ? t(key, { shown: shown.length, all: all.length }) : "";
    const before = new Map([...this.list.children].map((row) => [row.look, row]));
    const rows = shown.map((invoice) => this.#row(invoice, before));
    const empty = t(all.length ? "platform.not_found" : "platform.empty");
    setChildren(this.list, rows.length || !this.#invoices ? rows : [h("li", { class: "none" }, empty)]);
  }

  #row(invoice, before) {
    const look = JSON.stringify([invoice, t("platform.apply")]);
    return before.get(look) ?? Object.assign(this.#invoice(invoice), { look });
  }

  #invoice(invoice) {
    const { key, tax_status: status } = invoice;
    const select = h("select", {
      "data-testid": `platform-status-${key}`, "aria-label": `${t("platform.new_status")} ${invoice.number}`,
      onchange: () => (apply.disabled = select.value === status),
    }, STATUSES.map((value) => h("option", { value }, label("status", value))));
    select.value = status;
    const apply = h("button", { type: "button", class: "button", "data-testid": `platform-apply-${key}`, disabled: true,
      onclick: () => this.#push(invoice, select.value) }, t("platform.apply"));
    return h("li", { class: "invoice", "data-testid": `platform-row-${key}` },
      h("div", { class: "invoice-top" }, h("span", { class: "kind" }, invoice.kind ? label("kind", invoice.kind) : "—"),
        h("span", { class: `status status-${status}` }, label("status", status))),
      h("div", { class: "number" }, invoice.code && h("span", {}, invoice.code), h("b", {}, invoice.number)),
      party("platform.seller", invoice.seller_name), party("platform.buyer", invoice.buyer_name),
      h("div", { class: "invoice-end" }, h("span", {}, invoice.issue_date ?? ""), h("b", {}, money(invoice.total)), select, apply));
  }

  async #push({ key, number }, to) {
    try {
      await api.pushStatus(key, to);
      toast(t("platform.pushed", { number: number.slice(-4), status: label("status", to) }), { host: this.root });
    } catch (error) {
      failed(error, this.root);
    }
    await this.#fetch();
    if (document.activeElement === document.body) this.list.querySelector(`[data-testid="platform-status-${key}"]`)?.focus();
  }
}

const label = (group, key) => (known(`${group}.${key}`) ? t(`${group}.${key}`) : key);

const searchable = (invoice) =>
  [invoice.code, invoice.number, invoice.seller_name, invoice.buyer_name].join(" ").toLowerCase();

const party = (key, name) => name && h("div", { class: "party" }, h("span", {}, t(key)), name);

const yuan = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const money = (total) => (total == null || total === "" ? "" : `¥${yuan.format(total)}`);

/** The first of so many; false if there are none. */
const problems = (rows = [], total = rows.length, look = "") => rows.length > 0 && h("ul", { class: `problems ${look}` },
  rows.slice(0, SHOWN_PROBLEMS).map(problem),
  total > SHOWN_PROBLEMS && h("li", {}, t("platform.more_rows", { count: total - SHOWN_PROBLEMS })));

/** A row that was rejected or is odd: {line, message in each language}. */
const problem = ({ line, message }) =>
  h("li", {}, line > 0 && h("b", {}, t("platform.row", { line })), " ", message[locale()] ?? JSON.stringify(message));
