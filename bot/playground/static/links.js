// Links in messages and on buttons: only http, https and tg; links into our own chats stay on the page.

const SAFE = new Set(["http:", "https:", "tg:"]);

/** The normalised address, or null for anything a click must not open (javascript:, data:, broken …). */
export function safeUrl(text) {
  try {
    const url = new URL(/^[a-z][a-z\d+.-]*:/i.test(text) ? text : `https://${text}`);
    return SAFE.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/**
 * What a link means here: {start: payload} for t.me/<bot>?start=…, {chat, thread, message} for t.me/c/…,
 * {user} for tg://user?id=…, {url} for the world outside, null for a refused one.
 */
export function meaning(text, botUsername) {
  const url = safeUrl(text);
  if (!url) return null;
  if (url.protocol === "tg:") return insideTelegram(url, botUsername);
  if (!/^(www\.)?(t|telegram)\.me$/i.test(url.hostname)) return { url };
  const [first, ...ids] = url.pathname.split("/").filter(Boolean);
  if (first === "c") return place(ids);
  return isBot(first, botUsername) ? { start: url.searchParams.get("start") ?? "" } : { url };
}

function insideTelegram(url, botUsername) {
  const what = url.hostname || url.pathname.replace(/^\/+/, "");
  if (what === "user") return { user: Number(url.searchParams.get("id")) };
  if (what === "resolve" && isBot(url.searchParams.get("domain"), botUsername))
    return { start: url.searchParams.get("start") ?? "" };
  return { url };
}

/** t.me/c/<id>/<message> or t.me/c/<id>/<topic>/<message>; supergroup ids carry the prefix -100. */
function place([id, ...rest]) {
  const numbers = rest.map(Number);
  return { chat: Number(`-100${id}`), thread: numbers.length > 1 ? numbers[0] : undefined, message: numbers.at(-1) };
}

const isBot = (name, botUsername) => name?.toLowerCase() === botUsername?.toLowerCase();
