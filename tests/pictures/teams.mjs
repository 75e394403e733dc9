// Teams' look: the Adaptive Cards of a message, as Microsoft's own renderer draws them and a desktop shows them.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export async function look(tools) {
  const file = (path) => readFile(join(tools, path), "utf8");
  const script = (code) => `<script>${code.replaceAll("</script", "<\\/script")}</script>`;
  return {
    style: (await file("adaptivecards/dist/adaptivecards.css")) + STYLE,
    scripts:
      script(await file("adaptivecards/dist/adaptivecards.min.js")) +
      script(await file("markdown-it/dist/browser/markdown-it.umd.min.js")) +
      script(`(${inPage})(${JSON.stringify(HOST)})`),
    html: ({ attachments = [] }) =>
      attachments
        .map(({ content }) => {
          const card = JSON.stringify(content).replaceAll("<", "\\u003c");
          return `<article class="teams"><header><i></i><b>Workflows</b><span>16:42</span></header><div class="card"><script type="application/json">${card}</script></div></article>`;
        })
        .join(""),
  };
}

/** In the page: draws each card in its place, and says on the console what the renderer does not know. */
function inPage(host) {
  const markdown = window.markdownit({ html: false, linkify: false, breaks: true });
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = markdown.render(text);
    result.didProcess = true;
  };
  for (const source of document.querySelectorAll(".card > script")) {
    const card = new AdaptiveCards.AdaptiveCard();
    card.hostConfig = new AdaptiveCards.HostConfig(host);
    const context = new AdaptiveCards.SerializationContext();
    card.parse(JSON.parse(source.textContent), context);
    const name = source.closest("figure").dataset.name;
    for (let at = 0; at < context.eventCount; at += 1) console.log(`${name}: ${context.getEventAt(at).message}`);
    source.replaceWith(card.render());
  }
}

const color = (text, subtle) => ({ default: text, subtle });
const foreground = {
  default: color("#242424", "#616161"),
  dark: color("#242424", "#616161"),
  light: color("#FFFFFF", "#F5F5F5"),
  accent: color("#4F52B2", "#5B5FC7"),
  good: color("#237B4B", "#237B4B"),
  warning: color("#835C00", "#835C00"),
  attention: color("#C4314B", "#C4314B"),
};
const container = (backgroundColor) => ({ backgroundColor, foregroundColors: foreground });

/** Teams' host configuration in its light theme, as near as its documentation and its look say. */
const HOST = {
  fontTypes: {
    default: { fontFamily: '"Segoe UI", "Noto Sans CJK JP", "Noto Color Emoji", sans-serif', fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 } },
    monospace: { fontFamily: '"DejaVu Sans Mono", "Noto Sans Mono CJK JP", monospace', fontSizes: { small: 12, default: 13, medium: 13, large: 16, extraLarge: 20 } },
  },
  spacing: { small: 4, default: 8, medium: 16, large: 20, extraLarge: 24, padding: 16 },
  separator: { lineThickness: 1, lineColor: "#E1E1E1" },
  containerStyles: {
    default: container("#FFFFFF"),
    emphasis: container("#F0F0F0"),
    accent: container("#E8EBFA"),
    good: container("#E7F2DA"),
    warning: container("#FBF6D9"),
    attention: container("#FCF4F6"),
  },
  factSet: { title: { weight: "bolder", wrap: true, maxWidth: 150 }, value: { wrap: true }, spacing: 16 },
  actions: { maxActions: 6, buttonSpacing: 8, actionsOrientation: "horizontal", actionAlignment: "left" },
};

const STYLE = `
  .teams { padding: 12px 16px; background: #f5f5f5 }
  .teams header { display: flex; align-items: center; gap: 8px; margin-bottom: 6px; font-size: 12px; color: #616161 }
  .teams header i { width: 24px; height: 24px; border-radius: 50%; background: #5B5FC7 }
  .teams header b { color: #242424 }
  .teams .card { background: #fff; border: 1px solid #e1e1e1; border-radius: 4px; overflow: hidden; overflow-wrap: anywhere }
  .teams .ac-textBlock p { margin: 0 }
  .teams .ac-anchor, .teams a { color: #4F52B2 }
  .teams button { font: 600 13px/18px "Segoe UI", "Noto Sans CJK JP", sans-serif; padding: 6px 12px; border: 1px solid #d1d1d1; border-radius: 4px; background: #fff; color: #242424 }
`;
