// A mail's look: its subject, and the HTML part where it has one, else the text.
export async function look() {
  const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
  return {
    style: STYLE,
    // A mail's own styles stay inside its frame, and the frame grows to what it holds.
    scripts: `<script>
      window.ready = false;
      addEventListener("load", () => {
        for (const frame of document.querySelectorAll("iframe")) frame.style.height = frame.contentDocument.documentElement.scrollHeight + "px";
        window.ready = true;
      });
    </script>`,
    html: (mail) => {
      const { subject = "(no subject)", html, text = "" } = parts(mail);
      const body = html
        ? `<iframe sandbox="allow-same-origin" srcdoc="${escape(html)}"></iframe>`
        : `<pre>${escape(text).replaceAll(/https?:\/\/[^\s&]+(?:&amp;[^\s&]+)*/g, "<a>$&</a>")}</pre>`;
      return `<article class="mail"><header><h1>${escape(subject)}</h1><p><b>AWS</b> &lt;alerts@example.com&gt;</p></header>${body}</article>`;
    },
  };
}

/** SNS says Message where a mail says Text. */
function parts(mail) {
  const { subject, html, text, message } = Object.fromEntries(Object.entries(mail).map(([key, value]) => [key.toLowerCase(), value]));
  return { subject, html, text: text ?? message };
}

const STYLE = `
  .mail { border: 1px solid #dadce0; border-radius: 8px; overflow: hidden; color: #202124 }
  .mail header { padding: 14px 20px 10px; border-bottom: 1px solid #eceef1 }
  .mail h1 { margin: 0 0 4px; font-size: 18px; line-height: 26px; font-weight: 500 }
  .mail p { margin: 0; font-size: 12px; color: #5f6368 }
  .mail pre { margin: 0; padding: 14px 20px 18px; font: 14px/21px "Noto Sans CJK JP", "Noto Color Emoji", sans-serif; white-space: pre-wrap; overflow-wrap: anywhere }
  .mail a { color: #1a73e8 }
  .mail iframe { display: block; width: 100%; height: 0; border: 0 }
`;
