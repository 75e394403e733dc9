// Renders the goldens to pictures: each message as target/pictures/<source>/<name>.<channel>.png, all of a channel side by
// side on target/pictures/<channel>-1.png and so on. WIDTH=390 shows them as a phone does, ONLY=<part of a path> only some.
//
// Everything is local: the page lies in a file, and the browser may not leave it.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";

process.env.TZ = "UTC";
const root = resolve(import.meta.dirname, "../..");
const tools = join(root, "target/tools/pictures/node_modules");
const goldens = join(root, "tests/goldens");
const pictures = join(root, "target/pictures");
const width = Number(process.env.WIDTH ?? 640);
const only = process.env.ONLY ?? "";

/** Each channel that has a look, and the module that knows it. */
const LOOKS = { slack: "slack.mjs", teams: "teams.mjs", email: "mail.mjs", smtp: "mail.mjs" };

/** How many messages are on the screen at a time. */
const PORTION = 20;
const STYLE = `
  * { box-sizing: border-box }
  body { margin: 0; background: #fff; font-family: "Noto Sans CJK JP", sans-serif }
  figure { margin: 0 0 24px; width: ${width}px }
  figure[hidden], section[hidden] { display: none !important }
  figcaption { display: none; font: 11px/18px "DejaVu Sans Mono", monospace; color: #777; padding: 0 16px }
  .message { width: ${width}px; background: #fff; overflow: hidden }
  .sheet { display: flex; gap: 24px; align-items: flex-start; width: fit-content; padding: 24px; background: #eceef1 }
  .sheet figcaption { display: block }
`;

const started = Date.now();
const channels = await byChannel();
await rm(pictures, { recursive: true, force: true });
const { chromium } = (await import(pathToFileURL(join(tools, "playwright-core/index.js")))).default;
const browser = await chromium.launchPersistentContext(join(root, "target/tools/pictures/profile"), {
  executablePath: await executable(),
  viewport: { width: 1400, height: 1000 },
  offline: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
  ],
});
let count = 0;
let problems = [];
try {
  for (const [channel, messages] of channels) {
    problems = problems.concat(await draw(channel, messages));
    count += messages.length;
  }
} finally {
  await browser.close();
}
for (const problem of problems) console.error(problem);
console.log(`${count} pictures in target/pictures, ${Math.round((Date.now() - started) / 1000)} s`);
process.exit(problems.length > 0 ? 1 : 0);

/** The goldens of each channel and language that has a look: `slack`, `slack.ja`. */
async function byChannel() {
  const channels = new Map();
  const files = await readdir(goldens, { recursive: true });
  for (const file of files.filter((file) => file.endsWith(".json") && file.includes(only)).sort()) {
    const [, name, channel, kind] = file.match(/^(.+?)\.((\w+)(?:\.\w+)?)\.json$/) ?? [];
    if (!(kind in LOOKS)) continue;
    const payloads = JSON.parse(`[${(await readFile(join(goldens, file), "utf8")).replaceAll("\n}\n{", "\n},{")}]`);
    channels.set(channel, [...(channels.get(channel) ?? []), { name, payloads }]);
  }
  return new Map([...channels].sort());
}

/** Draws all messages of a channel on one page, takes each and then sheets of them; returns what a renderer complained of. */
async function draw(channel, messages) {
  const [kind, language = "en"] = channel.split(".");
  const look = await import(`./${LOOKS[kind]}`);
  const { style, scripts = "", html } = await look.look(tools, language);
  const figures = messages.map(
    ({ name, payloads }) =>
      `<figure data-name="${name}"><figcaption>${name}</figcaption><div class="message">${payloads.map(html).join("")}</div></figure>`,
  );
  const file = join(pictures, `${channel}.html`);
  await mkdir(pictures, { recursive: true });
  await writeFile(
    file,
    `<!doctype html><html lang="${language}"><meta charset="utf-8"><title>${channel}</title>
<style>${STYLE}${style}</style><body>${figures.join("\n")}${scripts}</body></html>`,
  );
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`${channel}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`${channel}: ${error}`));
  page.on("request", (request) => {
    if (!/^(file|data|about|blob):/.test(request.url())) complaints.push(`${channel}: wants ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  await page.waitForFunction(() => document.fonts.status === "loaded" && (window.ready ?? true));

  // One tall screen, so that nothing has to scroll; a screen has an end, so they go by portions.
  for (let start = 0; start < messages.length; start += PORTION) {
    const some = await page.evaluate(
      ([start, end]) => {
        const figures = [...document.querySelectorAll("figure")];
        figures.forEach((figure, index) => (figure.hidden = index < start || index >= end));
        return figures.slice(start, end).map((figure) => {
          const { x, y, width, height } = figure.querySelector(".message").getBoundingClientRect();
          return { name: figure.dataset.name, clip: { x, y, width, height } };
        });
      },
      [start, start + PORTION],
    );
    const last = some.at(-1).clip;
    await page.setViewportSize({ width: 1400, height: Math.ceil(last.y + last.height) + 16 });
    for (const { name, clip } of some) {
      const path = join(pictures, `${name}.${channel}.png`);
      await mkdir(dirname(path), { recursive: true });
      await page.screenshot({ path, clip, animations: "disabled" });
    }
  }

  const sheets = await page.evaluate(sheet, { columns: Math.max(2, Math.floor(1400 / (width + 24))), height: 1800 });
  for (let index = 0; index < sheets; index += 1) {
    const { x, y, width, height } = await page.evaluate((index) => {
      const all = [...document.querySelectorAll("section.sheet")];
      all.forEach((sheet, at) => (sheet.hidden = at !== index));
      const { x, y, width, height } = all[index].getBoundingClientRect();
      return { x, y, width, height };
    }, index);
    await page.setViewportSize({ width: Math.ceil(width), height: Math.ceil(height) });
    await page.screenshot({ path: join(pictures, `${channel}-${index + 1}.png`), clip: { x, y, width, height } });
  }
  await page.close();
  return complaints;
}

/** In the page: puts the figures into sheets of columns, each figure where there is most room, and says how many sheets. */
function sheet({ columns, height }) {
  let sheet;
  const room = () => [...sheet.children].sort((one, other) => one.offsetHeight - other.offsetHeight)[0];
  const fresh = () => {
    sheet = document.createElement("section");
    sheet.className = "sheet";
    sheet.append(...Array.from({ length: columns }, () => document.createElement("div")));
    document.body.append(sheet);
  };
  const figures = [...document.querySelectorAll("figure")];
  figures.forEach((figure) => (figure.hidden = false));
  fresh();
  for (const figure of figures) {
    if (room().childElementCount > 0 && room().offsetHeight + figure.offsetHeight > height) fresh();
    room().append(figure);
  }
  return document.querySelectorAll("section.sheet").length;
}

async function executable() {
  const named = process.env.CHROMIUM ?? "chromium";
  const places = named.includes("/") ? [named] : process.env.PATH.split(":").map((place) => join(place, named));
  for (const place of places) {
    if (await readFile(place).then(() => true, () => false)) return place;
  }
  throw new Error(`there is no ${named}: sh ${relative(root, join(import.meta.dirname, "fetch.sh"))}`);
}
