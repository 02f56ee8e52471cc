// Photos, documents and the other things a message may carry.
import { api } from "./api.js";
import { h, icon } from "./dom.js";
import { enlarge } from "./dialogs.js";
import { size, t } from "./i18n.js";

const PHOTO_SIDE = 340; // pixels, the longest side of a photo in the log

const WORDS = ["photo", "document", "video", "animation", "audio", "voice", "sticker", "location", "contact"];

/** The kind of attachment of a message, or undefined. Animations also come as documents: the narrower name wins. */
const attachment = (message) =>
  ["animation", ...WORDS, "video_note", "venue", "poll", "dice"].find((kind) => message[kind]);

/** Can it be a tile of an album's picture grid? */
export const isPicture = (message) => Boolean(message.photo || message.video);

/** One line for replies, the topic list and the pinned bar. */
export function summary(message) {
  const text = message.text ?? message.caption;
  if (text) return text.replace(/\s+/g, " ").slice(0, 200);
  const kind = attachment(message);
  if (kind === "document") return message.document.file_name ?? t("message.document");
  return WORDS.includes(kind) ? t(`message.${kind}`, place(message)) : t("message.other");
}

const place = ({ location, contact }) => ({
  place: location && `${location.latitude}, ${location.longitude}`,
  name: contact && `${contact.first_name} ${contact.phone_number}`,
});

export function media(message) {
  const kind = attachment(message);
  return kind && (DRAW[kind] ?? note)(message);
}

const DRAW = { photo, document: paper, video: film, animation: film, video_note: film, audio: sound, voice: sound, sticker };

function photo({ photo: sizes, caption }) {
  const best = sizes.at(-1);
  const image = h("img", { src: api.fileUrl(best.file_id), alt: caption ?? t("message.photo"), loading: "lazy" });
  image.style.aspectRatio = `${best.width} / ${best.height}`; // its place is kept before it has loaded
  image.style.width = `${Math.round(best.width * Math.min(1, PHOTO_SIDE / best.width, PHOTO_SIDE / best.height))}px`;
  return h("button", { type: "button", class: "photo", "aria-label": t("message.open_photo"),
    onclick: () => enlarge(image.src, image.alt) }, image);
}

function paper({ document: file }) {
  const name = file.file_name ?? t("message.document");
  return h("a", { class: "document", href: api.fileUrl(file.file_id), download: name,
    "aria-label": t("message.download", { name }) },
    h("span", { class: "document-icon" }, icon("file"), h("span", {}, extension(name))),
    h("span", { class: "document-text" }, h("b", {}, name), h("small", {}, size(file.file_size))));
}

const extension = (name) => (name.match(/\.(\w{1,4})$/)?.[1] ?? "").toUpperCase();

function film(message) {
  const file = message.video ?? message.animation ?? message.video_note;
  return h("video", { src: api.fileUrl(file.file_id), controls: true, preload: "metadata",
    loop: Boolean(message.animation) });
}

function sound(message) {
  const file = message.audio ?? message.voice;
  return h("div", { class: "sound" }, file.title && h("b", {}, file.title),
    h("audio", { src: api.fileUrl(file.file_id), controls: true, preload: "metadata" }));
}

function sticker({ sticker: file }) {
  if (file.is_animated || file.is_video) return h("span", { class: "sticker" }, file.emoji ?? t("message.sticker"));
  const image = h("img", { class: "sticker", src: api.fileUrl(file.file_id), alt: file.emoji ?? t("message.sticker") });
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "sticker" }, image.alt)), { once: true });
  return image;
}

const note = (message) => h("span", { class: "note" }, summary({ ...message, text: undefined, caption: undefined }));
