// The page's own HTTP to the playground's server (not the Bot API).
import { locale, t } from "./i18n.js";

/** Any 4xx/5xx answer becomes an Error whose message is the server's sentence. */
async function call(path, options) {
  const response = await fetch(`/playground/${path}`, options).catch(() => null);
  if (!response) throw new Error(t("app.no_answer"));
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(sentence(body.error) ?? `${response.status} ${response.statusText}`);
  return body;
}

/** An error as one sentence: the playground sends a string, the ingest API the sentence in each language. */
function sentence(error) {
  if (error == null || typeof error === "string") return error;
  return error[locale()] ?? JSON.stringify(error);
}

const post = (path, body) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

function form(fields, files) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value != null && value !== "") data.append(name, value);
  for (const file of files) data.append("file", file, file.name);
  return data;
}

export const api = {
  state: () => call("state"),
  messages: (chatId, limit) => call(`messages?chat_id=${chatId}&limit=${limit}`),
  send: (message) => post("send", message),
  press: (press) => post("press", press),
  /** {user_id, text}; the answer comes as an event. */
  inline: (query) => post("inline", query),
  /** {inline_query_id, result_id, chat_id, message_thread_id?}. */
  pick: (choice) => post("pick", choice),
  edit: (edit) => post("edit", edit),
  react: (reaction) => post("react", reaction),
  remove: (message) => post("delete", message),
  createTopic: (topic) => post("topic", topic),
  /** {user_id, chat_id, message_thread_id} and {closed: bool} or {deleted: true}. */
  changeTopic: (topic) => post("topic_state", topic),
  setBlocked: (id, blocked) => post("person", { id, blocked }),
  upload: (fields, files) => call("upload", { method: "POST", body: form(fields, files) }),
  fileUrl: (fileId) => `/playground/file/${encodeURIComponent(fileId)}`,
  invoices: () => call("platform/invoices"),
  importInvoices: (file) => call("platform/import", { method: "POST", body: form({}, [file]) }),
  pushStatus: (key, to) => post("platform/status", { key, axis: "tax_status", to }),
};

/** Server-Sent Events for ever: `onEvent` gets each one, `onLink(true)` also means "fetch again, some were missed". */
export function listen(onEvent, onLink) {
  const source = new EventSource("/playground/events");
  source.onopen = () => onLink(true);
  source.onmessage = (message) => onEvent(JSON.parse(message.data));
  source.onerror = () => {
    onLink(false);
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    setTimeout(() => listen(onEvent, onLink), 2000);
  };
}
