// Slack's look: the blocks, and below them each attachment beside its coloured bar. The text is for notifications only and
// is not shown.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export async function look(tools) {
  const { Message } = await import(pathToFileURL(join(tools, "slack-blocks-to-jsx/dist/index.mjs")));
  const require = createRequire(join(tools, "package.json"));
  const { createElement } = require("react");
  const { renderToStaticMarkup } = require("react-dom/server");
  const hooks = { emoji: ({ name }, known) => (known({ name }) === name ? `:${name}:` : known({ name })) };
  const show = (props) => bare(renderToStaticMarkup(createElement(Message, { ...SENDER, hooks, ...props, blocks: hidden(props.blocks) })));

  const attachment = ({ color = "#DDDDDD", blocks = [], text = "" }) => {
    const shown = blocks.length > 0 ? blocks : [{ type: "section", text: { type: "mrkdwn", text } }];
    return `<div class="attachment"><div class="bar" style="background:${color}"></div><div class="inside">${show({ blocks: shown, withoutWrapper: true })}</div></div>`;
  };
  return {
    style: (await readFile(join(tools, "slack-blocks-to-jsx/dist/style.css"), "utf8")) + STYLE,
    html: ({ blocks = [], attachments = [] }) =>
      `<article class="slack">${show({ blocks })}<div class="attachments">${attachments.map(attachment).join("")}</div></article>`,
  };
}

/**
 * The renderer reads marks where Slack reads none: in plain text, in a code, in an escaped `>`, in a lone colon. There, each
 * stands as a letter of private use until the HTML is made. It ends an emphasis at a blank only, and takes `verbatim`, which
 * turns off the finding of links and mentions, for no markup at all.
 */
function hidden(value) {
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== "object" || value === null) return value;
  if (value.type === "plain_text") return { ...value, text: hide(value.text) };
  if (value.type === "mrkdwn") {
    const text = value.text.replaceAll(/<[^>]*>|`[^`]*`|:[a-z+-][a-z0-9_+-]*:|:/g, (part) =>
      part === ":" ? hide(part) : part.startsWith("`") ? "`" + hide(part.slice(1, -1)) + "`" : part,
    );
    return { type: "mrkdwn", text: text.replaceAll("&gt;", HIDDEN.get(">")).replaceAll("\u200b", "\u200a") };
  }
  return Object.fromEntries(Object.entries(value).map(([key, value]) => [key, hidden(value)]));
}

const MARKS = [...`*_~\`:@#|-.<>`, "&gt;", "&lt;", "&amp;"];
const HIDDEN = new Map(MARKS.map((mark, at) => [mark, String.fromCharCode(0xe000 + at)]));
const hide = (text) => text.replaceAll(/&(?:gt|lt|amp);|[*_~`:@#|.<>-]/g, (mark) => HIDDEN.get(mark));
const bare = (html) => html.replaceAll(/[\ue000-\ue0ff]/g, (letter) => {
  const mark = MARKS[letter.charCodeAt(0) - 0xe000];
  return { "<": "&lt;", ">": "&gt;" }[mark] ?? mark;
});

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" rx="8" fill="#3B3F99"/><path d="M9 25 18 9l9 16-9-5z" fill="#fff"/></svg>`;
const SENDER = {
  name: "AWS",
  logo: `data:image/svg+xml,${encodeURIComponent(LOGO)}`,
  time: new Date("2026-11-21T07:42:00Z"),
  theme: "light",
};

// Slack's own measures where the renderer differs from it: an inline code wraps with its sentence.
const STYLE = `
  .slack { padding: 8px 16px 12px }
  .slack .slack_blocks_to_jsx.styles_enabled { font-family: "Lato", "Noto Sans CJK JP", "Noto Color Emoji", sans-serif !important; max-width: none }
  .slack .slack_blocks_to_jsx.styles_enabled .slack_code_inline { display: inline !important; font: 12px/18px "DejaVu Sans Mono", "Noto Sans Mono CJK JP", monospace !important; overflow-wrap: anywhere !important; padding: 2px 3px 1px !important }
  .slack .slack_blocks_to_jsx * { min-width: 0 }
  .slack .attachments { margin: 4px 0 0 44px }
  .slack .attachment { display: flex; margin-bottom: 4px }
  .slack .bar { flex: none; width: 4px; border-radius: 8px }
  .slack .inside { flex: 1; min-width: 0; padding: 0 12px }
  .slack .inside .slack_blocks_to_jsx--block_wrapper:first-child > div { margin-top: 2px !important }
`;
