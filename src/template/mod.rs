//! The only place that knows handlebars: templates, each in a registry with its channel's escaping.
//!
//! `{{x}}` is escaped to the strictest text form of the channel and, in a JSON payload, to the inside of a string, so a
//! template's author cannot forget it. `{{plain x}}`, `{{url x}}` and `{{code x}}` name the other places a text can stand
//! in, `{{json x}}` writes a value as JSON.
//!
//! In an Adaptive Card a text is not the inside of a string but one or more whole `TextRun`: `"inlines": [{{x}}]`. Written
//! into a string it makes no JSON, so that it cannot come to stand where Markdown is read.
//!
//! [`Template`] renders a payload, [`TextTemplate`] a text; [`Draft`] is a template under `hikyaku check`, which looks for what rendering alone would not tell.

mod draft;
mod escape;
mod helpers;
mod names;
mod places;
mod scan;
mod shape;
mod text;
mod trace;

pub use draft::{Draft, Tried};
pub use escape::{Escaping, TextForm, web_address};
pub use helpers::helpers;
pub use shape::Shape;
pub use text::{TextTemplate, TextView};

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError, RenderErrorReason,
    TemplateErrorReason, no_escape,
};
use serde::Serialize;

use crate::text::clean;

/// A compiled template.
#[derive(Debug)]
pub struct Template {
    registry: Handlebars<'static>,
}

/// A template that cannot be compiled, or that fails on a message. It names a place in the template, never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// Line and column in the template, counted from one; none if it is the template as a whole.
    pub at: Option<(usize, usize)>,
    pub problem: String,
    /// Whether it wrote more than can be held; a shorter message may do.
    pub too_long: bool,
}

impl TemplateError {
    fn whole(problem: impl Into<String>) -> TemplateError {
        TemplateError { at: None, problem: problem.into(), too_long: false }
    }

    /// An error at the byte `offset` of `source`.
    fn at(source: &str, offset: usize, problem: impl Into<String>) -> TemplateError {
        TemplateError { at: Some(scan::position(source, offset)), problem: problem.into(), too_long: false }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, _)) => write!(f, "line {line}: {}", self.problem),
            None => f.write_str(&self.problem),
        }
    }
}

impl std::error::Error for TemplateError {}

impl Template {
    /// Compiles `source`; a byte order mark before it is ignored.
    ///
    /// # Errors
    /// If it is no template, is over 64 KiB, nests deeper than 32 blocks, writes a value unescaped, or uses partials (two
    /// that include each other would overflow the stack).
    pub fn compile(source: &str, escaping: Escaping) -> Result<Template, TemplateError> {
        Template::compile_as(source, escaping, true)
    }

    /// As [`compile`](Self::compile); unless it is `strict`, it takes what is not there for nothing.
    fn compile_as(source: &str, escaping: Escaping, strict: bool) -> Result<Template, TemplateError> {
        let source = source_of(source);
        if source.len() > MAX_SOURCE_BYTES {
            return Err(TemplateError::whole("is over 64 KiB"));
        }
        let tags = scan::tags(source)?;
        Template::parse(source, escaping, strict).map_err(|error| {
            // The parser stops inside of the tag that it cannot read.
            let tag = tags.iter().rev().find(|tag| error.at.is_none_or(|at| scan::position(source, tag.start) <= at));
            match tag {
                Some(tag) => {
                    TemplateError::at(source, tag.start, format!("`{{{{{}}}}}` {}", scan::inner(source, *tag), error.problem))
                }
                None => error,
            }
        })
    }

    /// Compiles a source whose tags are known to be allowed.
    fn parse(source: &str, escaping: Escaping, strict: bool) -> Result<Template, TemplateError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(strict);
        registry.register_escape_fn(move |text| escaping.text(text));
        registry.register_helper("plain", Box::new(Place(escaping, Escaping::plain)));
        registry.register_helper("url", Box::new(Place(escaping, Escaping::url)));
        registry.register_helper("code", Box::new(Place(escaping, Escaping::code)));
        registry.register_helper("json", Box::new(json));
        // One writes into the log, the other nothing that a template needs.
        registry.unregister_helper("log");
        registry.unregister_helper("raw");
        match registry.register_template_string(NAME, source) {
            Ok(()) => Ok(Template { registry }),
            Err(error) => {
                let problem = match error.reason() {
                    TemplateErrorReason::InvalidSyntax(_) => "is no handlebars".to_owned(),
                    reason => format!("is no handlebars: {reason}"),
                };
                Err(TemplateError { at: error.pos(), problem, too_long: false })
            }
        }
    }

    /// Fills the template from `view`.
    ///
    /// # Errors
    /// If it names a value that is not there, or writes more than 256 KiB.
    pub fn render(&self, view: &impl Serialize) -> Result<String, TemplateError> {
        self.fill(view).map_err(|error| failure(&error))
    }

    fn fill(&self, view: &impl Serialize) -> Result<String, RenderError> {
        self.fill_from(&Context::wraps(view)?)
    }

    fn fill_from(&self, context: &Context) -> Result<String, RenderError> {
        let mut out = Bounded { bytes: Vec::new() };
        self.registry.render_with_context_to_write(NAME, context, &mut out)?;
        String::from_utf8(out.bytes).map_err(|error| RenderErrorReason::from(error).into())
    }
}

/// A template without the byte order mark before it.
fn source_of(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}

/// A failure on a message.
fn failure(error: &RenderError) -> TemplateError {
    TemplateError {
        at: error.line_no.zip(error.column_no),
        problem: problem(error.reason()),
        too_long: matches!(error.reason(), RenderErrorReason::IOError(_)),
    }
}

/// What is wrong, without the values that were rendered.
fn problem(reason: &RenderErrorReason) -> String {
    match reason {
        RenderErrorReason::MissingVariable(Some(name)) => format!("no such value: {name}"),
        RenderErrorReason::MissingVariable(None) => "no such value".to_owned(),
        RenderErrorReason::HelperNotFound(name) => format!("no such helper: {name}"),
        RenderErrorReason::ParamNotFoundForIndex(helper, _) => format!("a value for {helper} is not there"),
        RenderErrorReason::IOError(_) => format!("writes more than {} KiB", MAX_OUTPUT_BYTES / 1024),
        _ => "cannot be rendered".to_owned(),
    }
}

/// A helper that writes its argument as it must stand in one place.
struct Place(Escaping, fn(Escaping, &str) -> String);

impl HelperDef for Place {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let Some(value) = argument(helper, registry)? else { return Ok(()) };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        out.write(&self.1(self.0, &text))?;
        Ok(())
    }
}

/// `{{json x}}`: the value itself, for payloads that are data. Its texts are cleaned like all others.
fn json(helper: &Helper, registry: &Handlebars, _: &Context, _: &mut RenderContext, out: &mut dyn Output) -> HelperResult {
    let mut value = argument(helper, registry)?.cloned().unwrap_or_default();
    clean_texts(&mut value);
    out.write(&no_escape(&value.to_string()))?;
    Ok(())
}

fn clean_texts(value: &mut handlebars::JsonValue) {
    match value {
        handlebars::JsonValue::String(text) => {
            if let Cow::Owned(clean) = clean(text) {
                *text = clean;
            }
        }
        handlebars::JsonValue::Array(values) => values.iter_mut().for_each(clean_texts),
        handlebars::JsonValue::Object(object) => object.values_mut().for_each(clean_texts),
        _ => {}
    }
}

/// What a helper is to write; none if it is not there and the registry takes that for nothing.
fn argument<'a>(helper: &'a Helper, registry: &Handlebars) -> Result<Option<&'a handlebars::JsonValue>, RenderError> {
    let param = helper.param(0);
    match param.filter(|param| !param.is_value_missing()) {
        Some(param) => Ok(Some(param.value())),
        None if param.is_some() && !registry.strict_mode() => Ok(None),
        None => Err(RenderErrorReason::MissingVariable(param.and_then(|param| param.relative_path().cloned())).into()),
    }
}

/// A buffer that does not grow without end.
struct Bounded {
    bytes: Vec<u8>,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MAX_OUTPUT_BYTES {
            return Err(io::Error::other("too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const MAX_SOURCE_BYTES: usize = 64 * 1024;
const MAX_OUTPUT_BYTES: usize = 256 * 1024;

/// Each registry holds one template.
const NAME: &str = "template";

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::text::rich::{code, link, mention, strong};

    const SLACK: Escaping = Escaping { text: TextForm::Mrkdwn, json: true };

    #[test]
    fn each_place_has_its_form() {
        let view = json!({ "x": format!("a<b> {} \"q\"\n", code("*.jp")), "u": "https://e.example/a b|c?d=1&e=2", "v": [1, "é"], "blank": format!("証{}明", code(" ")), "hidden": { "a": ["x\u{202e}\u{1b}[31m"] },
            "evil": "javascript:x", "user": "https://aws.amazon.com:x@еvil.example/@all" });
        for (source, written) in [
            ("{{x}}", r#"a&lt;b&gt; `*.jp` \"q\"\n"#),
            ("{{plain x}}", r#"a<b> *.jp \"q\"\n"#),
            ("{{code x}}", r#"`a&lt;b&gt; *.jp \"q\"`"#),
            ("<{{url u}}|x>", "<https://e.example/a%20b%7Cc?d=1&amp;e=2|x>"),
            ("[{{url evil}}]", "[]"),
            ("{{blank}}", "証明"),
            ("{{url user}}", "https://xn--vil-qdd.example/@all"),
            ("{{json v}}", "[1,\"é\"]"),
            ("{{json hidden}}", "{\"a\":[\"x[31m\"]}"),
            ("{{#if (eq x 1)}}1{{else}}0{{/if}}", "0"),
        ] {
            assert_eq!(Template::compile(source, SLACK).unwrap().render(&view).unwrap(), written, "{source}");
        }
    }

    #[test]
    fn data_is_never_a_template() {
        let view = json!({ "x": "{{y}} {{#each z}} {{> p}}", "y": "CANARY" });
        assert_eq!(Template::compile("{{plain x}}", SLACK).unwrap().render(&view).unwrap(), "{{y}} {{#each z}} {{> p}}");
    }

    #[test]
    fn a_bad_template_is_refused_with_its_line() {
        for (source, message) in [
            ("a\n{{#if x}}", "line 2: `{{#if}}` is never closed by `{{/if}}`"),
            ("{{{{x}}}}{{{{/x}}}}", "line 1: writes a value unescaped"),
            ("{{ {x} }}", "line 1: writes a value unescaped"),
            ("{{ > x}}", "line 1: partials are not supported"),
            ("{{x}} {{}}", "line 1: `{{}}` is no handlebars"),
            ("a\n{{{x}}}", "line 2: writes a value unescaped"),
            ("{{& x}}", "line 1: writes a value unescaped"),
            ("{{> template}}", "line 1: partials are not supported"),
            ("{{~#*inline \"a\"}}{{/inline}}", "line 1: partials are not supported"),
            (&"{{#if x}}".repeat(33), "line 1: nests deeper than 32 blocks"),
            (&"x".repeat(65_537), "is over 64 KiB"),
        ] {
            let error = Template::compile(source, SLACK).err().unwrap().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn a_template_that_fails_says_where_and_shows_no_value() {
        let view = json!({ "x": "CANARY", "many": vec![0; 1000], "long": "CANARY".repeat(1000) });
        for (source, message) in [
            ("\n{{y}}", "line 2: no such value: y"),
            ("{{plain y}}", "line 1: no such value: y"),
            ("{{nohelper x}}", "line 1: no such helper: nohelper"),
            ("{{#each many}}{{../long}}{{/each}}", "line 1: writes more than 256 KiB"),
        ] {
            let error = Template::compile(source, SLACK).unwrap().render(&view).unwrap_err().to_string();
            assert_eq!(error, message);
        }
    }

    #[test]
    fn a_text_in_a_card_is_runs_that_read_no_markup() {
        const TEAMS: Escaping = Escaping { text: TextForm::AdaptiveCard, json: true };
        let view = json!({
            "x": format!("[c](https://evil.example) <at>x</at> **b** \"q\" {{{{DATE(2026-11-21T07:30:00Z,SHORT)}}}} {}{}{}",
                strong("s"), code("*.jp"), link("https://e.example/?a=1&b=2", "here")),
            "evil": link("javascript:x", "there"), "empty": "\u{200b}", "lines": "a\n_b_",
        });
        let literal = "[c](https://evil.example) <at>x</at> **b** \"q\" {\u{2060}{DATE(2026-11-21T07:30:00Z,SHORT)}} ";
        for (source, written) in [
            (
                "[{{x}}]",
                json!([
                    { "type": "TextRun", "text": literal },
                    { "type": "TextRun", "text": "s", "weight": "Bolder" },
                    { "type": "TextRun", "text": "*.jp", "fontType": "Monospace" },
                    { "type": "TextRun", "text": "here",
                        "selectAction": { "type": "Action.OpenUrl", "url": "https://e.example/?a=1&b=2" } },
                ]),
            ),
            ("[{{evil}}]", json!([{ "type": "TextRun", "text": "there" }])),
            ("[{{empty}}]", json!([{ "type": "TextRun", "text": " " }])),
            ("[{{lines}}]", json!([{ "type": "TextRun", "text": "a\n_b_" }])),
            ("[{{code lines}}]", json!([{ "type": "TextRun", "text": "a\n_b_", "fontType": "Monospace" }])),
            ("[\"{{plain x}}\"]", json!([format!("{literal}s*.jphere (https://e.example/?a=1&b=2)")])),
        ] {
            let out = Template::compile(source, TEAMS).unwrap().render(&view).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), written, "{source}");
        }
        let misplaced = Template::compile("[\"{{x}}\"]", TEAMS).unwrap().render(&view).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&misplaced).is_err());
    }

    #[test]
    fn html_is_escaped_for_elements_and_attributes() {
        const MAIL: Escaping = Escaping { text: TextForm::Html, json: false };
        let view = json!({
            "x": "<script>x</script>\n<img src=x onerror='y'> \"><a href=\"z\">",
            "rich": format!("{} {} {}", strong("s"), link("https://e.example/?a=1&b='", "<h>"), link("javascript:x", "j")),
            "u": "https://e.example/\"><script>?a=1&b='", "js": "javascript:x", "data": "data:text/html,x", "doctype": "<!doctype html>",
        });
        for (source, written) in [
            (
                "{{x}}",
                "&lt;script&gt;x&lt;/script&gt;<br>\n&lt;img src=x onerror=&#39;y&#39;&gt; &quot;&gt;&lt;a href=&quot;z&quot;&gt;",
            ),
            ("{{rich}}", "<strong>s</strong> <a href=\"https://e.example/?a=1&amp;b=%27\">&lt;h&gt;</a> j"),
            ("{{url u}}", "https://e.example/%22%3E%3Cscript%3E?a=1&amp;b=%27"),
            ("[{{url js}}{{url data}}]", "[]"),
            ("{{plain x}}", "<script>x</script>\n<img src=x onerror='y'> \"><a href=\"z\">"),
            ("{{plain doctype}}", "<\u{2060}!doctype html>"),
        ] {
            assert_eq!(Template::compile(source, MAIL).unwrap().render(&view).unwrap(), written, "{source}");
        }
    }

    #[test]
    fn each_form_neutralises_what_its_channel_acts_on() {
        let text = format!("<!channel> @all *b* _i_ `c` {} {}", strong("s"), link("https://e.example/", "here"));
        for (form, written) in [
            (TextForm::Mrkdwn, "&lt;!channel&gt; @all `*b*` `_i_` `´c´` *s* <https://e.example/|here>"),
            (TextForm::Chime, "<!channel> @\u{2060}all *b* _i_ `c` s here (https://e.example/)"),
            (TextForm::Plain, "<!channel> @all *b* _i_ `c` s here (https://e.example/)"),
        ] {
            assert_eq!(Escaping { text: form, json: false }.text(&text), written);
        }
    }

    #[test]
    fn only_a_mention_that_was_allowed_calls_somebody_and_only_by_slacks_own_forms() {
        let text = ["!channel", "@U012AB3CD", "!subteam^S01", "@jane", "!chan", "U1> <!here"].map(mention).join(" ");
        for (form, written) in [
            (TextForm::Mrkdwn, "<!channel> <@U012AB3CD> <!subteam^S01> @jane @chan @U1&gt; &lt;!here"),
            (TextForm::Chime, "@All @\u{2060}U012AB3CD @\u{2060}subteam^S01 @\u{2060}jane @\u{2060}chan @\u{2060}U1> <!here"),
            (TextForm::Plain, "@channel @U012AB3CD @subteam^S01 @jane @chan @U1> <!here"),
            (TextForm::Html, "@channel @U012AB3CD @subteam^S01 @jane @chan @U1&gt; &lt;!here"),
        ] {
            assert_eq!(Escaping { text: form, json: false }.text(&text), written);
        }
    }
}
