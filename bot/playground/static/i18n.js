// The page's own words, both languages side by side. What the bot says is the bot's business.
import { memory } from "./dom.js";

const TEXTS = {
  "app.title": ["票答 · 演练场", "票答 · Playground"],
  "app.subtitle": ["本机模拟的 Telegram，不会发出任何真实消息", "A local stand-in for Telegram; nothing leaves this computer"],
  "app.skip": ["跳到输入框", "Skip to the message field"],
  "app.offline": ["与演练场的连接断开了，正在重连…", "The connection is lost; reconnecting…"],
  "app.failed": ["没有成功：{error}", "That failed: {error}"],
  "app.no_answer": ["演练场没有应答", "the playground does not answer"],
  "tab.requester": ["用户", "Requester"],
  "tab.desk": ["客服", "Desk"],
  "tab.platform": ["平台", "Platform"],
  "tabs.label": ["切换窗格", "Panes"],
  "language.switch": ["Switch to English", "切换到中文"],
  "theme.auto": ["外观：跟随系统", "Appearance: as the system"],
  "theme.light": ["外观：浅色", "Appearance: light"],
  "theme.dark": ["外观：深色", "Appearance: dark"],
  "speaker.as": ["身份", "as"],
  "requester.label": ["用户与机器人的私聊", "The requester's private chat"],
  "requester.who": ["以谁的身份提问", "Speak as requester"],
  "requester.people": ["用户", "Requesters"],
  "desk.label": ["客服台", "The agents' desk"],
  "desk.who": ["以谁的身份处理", "Speak as agent"],
  "desk.people": ["客服", "Agents"],
  "desk.none": ["还没有客服群", "There is no desk yet"],
  "desk.topics": ["话题", "Topics"],
  "desk.new_topic": ["新建话题", "New topic"],
  "desk.new_topic_name": ["话题名称", "Name of the topic"],
  "desk.general": ["General", "General"],
  "desk.choose": ["选一个话题开始处理", "Choose a topic to begin"],
  "desk.choose_hint": ["用户转人工后，工单会作为新话题出现在左侧", "When a requester asks for a human, the ticket appears here as a topic"],
  "desk.closed": ["话题已关闭", "This topic is closed"],
  "desk.find": ["查找话题", "Find a topic"],
  "desk.not_found": ["没有符合的话题", "No topic matches"],
  "desk.preview": ["{name}：{text}", "{name}: {text}"],
  "desk.unread": ["有未读消息", "unread"],
  "topic.menu": ["话题操作", "Topic actions"],
  "topic.close": ["关闭话题", "Close the topic"],
  "topic.reopen": ["重新打开话题", "Reopen the topic"],
  "topic.delete": ["删除话题", "Delete the topic"],
  "topic.back": ["返回话题列表", "Back to the topics"],
  "chat.bot": ["机器人", "bot"],
  "chat.typing": ["正在输入", "typing"],
  "chat.uploading": ["正在发送文件", "sending a file"],
  "chat.empty": ["还没有消息", "No messages yet"],
  "chat.start": ["开始", "Start"],
  "chat.start_hint": ["按下「开始」，或直接把问题发给机器人", "Press Start, or simply send your question"],
  "chat.earlier": ["更早的消息", "Earlier messages"],
  "chat.latest": ["回到最新消息", "Jump to the latest"],
  "chat.messages": ["消息", "Messages"],
  "chat.keys": ["上下键选择消息，回车打开菜单", "Arrow keys choose a message, Enter opens its menu"],
  "chat.drop": ["松开以发送文件", "Drop to send"],
  "chat.menu": ["更多", "More"],
  "chat.block": ["停用机器人", "Block the bot"],
  "chat.unblock": ["恢复机器人", "Unblock the bot"],
  "chat.blocked": ["已停用机器人，它现在无法发来消息", "The bot is blocked and cannot write here"],
  "chat.pinned": ["置顶消息", "Pinned message"],
  "day.today": ["今天", "Today"],
  "day.yesterday": ["昨天", "Yesterday"],
  "composer.placeholder": ["输入消息", "Message"],
  "composer.caption": ["添加说明", "Add a caption"],
  "composer.send": ["发送", "Send"],
  "composer.attach": ["添加文件", "Attach files"],
  "composer.commands": ["命令", "Commands"],
  "composer.keyboard": ["显示或隐藏按键", "Show or hide the keyboard"],
  "composer.reply": ["回复 {name}", "Reply to {name}"],
  "composer.edit": ["编辑消息", "Edit message"],
  "composer.cancel": ["取消", "Cancel"],
  "composer.remove": ["移除 {name}", "Remove {name}"],
  "menu.label": ["消息操作", "Message actions"],
  "menu.reply": ["回复", "Reply"],
  "menu.copy": ["复制文字", "Copy text"],
  "menu.edit": ["编辑", "Edit"],
  "menu.delete": ["删除", "Delete"],
  "menu.react": ["回应 {emoji}", "React with {emoji}"],
  "message.edited": ["已编辑", "edited"],
  "message.pinned": ["已置顶", "pinned"],
  "message.forwarded": ["转发自 {name}", "Forwarded from {name}"],
  "message.from": ["{name}，{time}", "{name}, {time}"],
  "message.photo": ["图片", "Photo"],
  "message.document": ["文件", "File"],
  "message.video": ["视频", "Video"],
  "message.audio": ["音频", "Audio"],
  "message.voice": ["语音", "Voice message"],
  "message.sticker": ["贴纸", "Sticker"],
  "message.animation": ["动图", "Animation"],
  "message.location": ["位置 {place}", "Location {place}"],
  "message.contact": ["联系人 {name}", "Contact {name}"],
  "message.other": ["此类消息无法在这里显示", "This kind of message cannot be shown here"],
  "message.spoiler": ["显示隐藏的文字", "Reveal hidden text"],
  "message.expand": ["展开", "Show more"],
  "message.collapse": ["收起", "Show less"],
  "message.open_photo": ["放大图片", "Enlarge the photo"],
  "message.download": ["下载 {name}", "Download {name}"],
  "message.buttons": ["消息按钮", "Buttons"],
  "service.topic_created": ["{name} 创建了话题「{topic}」", "{name} created the topic “{topic}”"],
  "service.topic_renamed": ["{name} 把话题改名为「{topic}」", "{name} renamed the topic to “{topic}”"],
  "service.topic_icon": ["{name} 更换了话题图标", "{name} changed the topic icon"],
  "service.topic_closed": ["{name} 关闭了话题", "{name} closed the topic"],
  "service.topic_reopened": ["{name} 重新打开了话题", "{name} reopened the topic"],
  "service.pinned": ["{name} 置顶了「{text}」", "{name} pinned “{text}”"],
  "service.joined": ["{name} 加入了群组", "{name} joined the group"],
  "service.left": ["{name} 离开了群组", "{name} left the group"],
  "service.title": ["{name} 把群名改为「{topic}」", "{name} renamed the group to “{topic}”"],
  "service.migrated": ["群组已升级为超级群", "The group became a supergroup"],
  "service.other": ["群组设置已更改", "The group was changed"],
  "button.unsupported": ["演练场里用不了这个按钮", "This button does nothing in the playground"],
  "copied": ["已复制", "Copied"],
  "copy.failed": ["浏览器不允许复制，请手动选择", "The browser refused to copy; please select it by hand"],
  "link.open_as": ["以{name}的身份打开", "Open as {name}"],
  "link.refused": ["为安全起见，没有打开这个链接", "This link was not opened, for safety"],
  "dialog.ok": ["好", "OK"],
  "dialog.cancel": ["取消", "Cancel"],
  "dialog.close": ["关闭", "Close"],
  "platform.title": ["开票平台", "Invoice platform"],
  "platform.subtitle": ["推送发票和状态变化", "Pushes invoices and status changes"],
  "platform.drop": ["拖入发票清单，或点按选择", "Drop a list of invoices, or choose one"],
  "platform.formats": ["CSV · XLSX · XLS · JSON Lines", "CSV · XLSX · XLS · JSON Lines"],
  "platform.importing": ["正在导入 {name}…", "Importing {name}…"],
  "platform.imported": ["已导入 {name}", "Imported {name}"],
  "platform.find": ["按号码、名称筛选", "Filter by number or name"],
  "platform.empty": ["还没有发票，先导入一份清单", "No invoices yet; import a list first"],
  "platform.not_found": ["没有符合的发票", "No invoice matches"],
  "platform.count": ["{all} 张", "{all} invoices"],
  "platform.count.some": ["{shown} / {all} 张", "{shown} of {all}"],
  "platform.new_status": ["新状态", "New status"],
  "platform.apply": ["推送", "Push"],
  "platform.pushed": ["已推送：…{number} → {status}", "Pushed: …{number} → {status}"],
  "platform.row": ["第 {line} 行", "Row {line}"],
  "platform.more_rows": ["还有 {count} 行", "{count} more"],
  "platform.seller": ["销", "From"],
  "platform.buyer": ["购", "To"],
  "summary.added": ["新增", "new"],
  "summary.changed": ["更新", "changed"],
  "summary.same": ["未变", "unchanged"],
  "summary.status_changed": ["状态变更", "status changes"],
  "summary.refused": ["状态未采纳", "statuses refused"],
  "summary.rejected_total": ["行退回", "rows rejected"],
  "summary.warnings_total": ["条存疑，已导入", "warnings, imported"],
  "summary.nothing": ["没有新内容", "Nothing new"],
  "status.normal": ["正常", "Normal"],
  "status.void": ["作废", "Void"],
  "status.red": ["红字", "Red-letter"],
  "status.partly_red": ["部分红冲", "Partly red-lettered"],
  "status.fully_red": ["全额红冲", "Fully red-lettered"],
  "status.red_pending": ["红字待确认", "Red letter pending"],
  "kind.paper_special": ["纸质专票", "Paper special"],
  "kind.paper_normal": ["纸质普票", "Paper ordinary"],
  "kind.e_special": ["电子专票", "E-special"],
  "kind.e_normal": ["电子普票", "E-ordinary"],
  "kind.roll": ["卷式普票", "Roll"],
  "kind.toll": ["通行费", "Toll"],
  "kind.vehicle": ["机动车", "Vehicle"],
  "kind.used_vehicle": ["二手车", "Used vehicle"],
  "kind.d_special": ["数电专票", "Digital special"],
  "kind.d_normal": ["数电普票", "Digital ordinary"],
  "kind.d_paper_special": ["数电纸质专票", "Digital paper special"],
  "kind.d_paper_normal": ["数电纸质普票", "Digital paper ordinary"],
  "kind.rail": ["铁路客票", "Rail ticket"],
  "kind.air": ["航空行程单", "Air itinerary"],
};

const LOCALES = ["zh-CN", "en"];
let current = memory.get("locale") ?? LOCALES[0];

export const locale = () => current;
export const known = (key) => key in TEXTS;

/** The text of `key` in the page's language, with `{name}` filled from `params`. */
export function t(key, params = {}) {
  const text = TEXTS[key]?.[LOCALES.indexOf(current)] ?? key;
  return text.replace(/\{(\w+)\}/g, (hole, name) => params[name] ?? hole);
}

/** The bot's default language, until the reader chooses one. */
export function suggestLocale(locale) {
  if (memory.get("locale") || locale === current || !LOCALES.includes(locale)) return;
  current = locale;
  translate();
}

/** Other language; the caller draws again what `translate` cannot reach. */
export function switchLocale() {
  current = LOCALES[1 - LOCALES.indexOf(current)];
  memory.set("locale", current);
  translate();
}

/** Fills every element marked data-t (its text) or data-t-<attribute>. */
export function translate(root = document) {
  document.documentElement.lang = current;
  document.title = t("app.title");
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const name of ["aria-label", "aria-description", "title", "placeholder"])
    for (const element of root.querySelectorAll(`[data-t-${name}]`))
      element.setAttribute(name, t(element.getAttribute(`data-t-${name}`)));
}

const clock = (seconds, options) => new Date(seconds * 1000).toLocaleString(current, options);
export const time = (seconds) => clock(seconds, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const moment = (seconds) => clock(seconds, { dateStyle: "long", timeStyle: "medium" });

/** 今天, 昨天 or the date of a moment in Unix seconds, in the reader's time zone. */
export function day(seconds) {
  const then = new Date(seconds * 1000);
  const now = new Date();
  const days = Math.round((midnight(now) - midnight(then)) / 86_400_000);
  if (days === 0) return t("day.today");
  if (days === 1) return t("day.yesterday");
  const year = then.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return then.toLocaleDateString(current, { year, month: "long", day: "numeric" });
}

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());

/** A file's size for people: 1 KB = 1,024 bytes, as messengers show it. */
export function size(bytes) {
  if (bytes == null) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}
