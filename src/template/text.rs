//! Templates that write a text of a notification rather than a channel's payload: `sources` in the configuration has them.
//!
//! The text is the sender's: it is written as it is, and escaped when a message is made of it. What is not there is nothing.

use std::sync::OnceLock;

use handlebars::Context;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::shape::UNKNOWN;
use super::{Draft, Escaping, Template, TemplateError, TextForm, failure};

/// A template of a text, compiled when it is first used.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(from = "String")]
#[schemars(with = "String")]
pub struct TextTemplate {
    source: String,
    compiled: OnceLock<Result<Template, TemplateError>>,
}

/// What text templates are filled from, taken over once for all of them.
pub struct TextView(Context);

impl TextView {
    pub fn new(value: Value) -> TextView {
        TextView(Context::from(value))
    }
}

impl TextTemplate {
    pub fn new(source: String) -> TextTemplate {
        TextTemplate { source, compiled: OnceLock::new() }
    }

    /// Its text, if it is the same whatever it is filled from.
    pub fn constant(&self) -> Option<&str> {
        (!self.source.contains("{{")).then_some(&self.source)
    }

    /// Fills it from `view`.
    ///
    /// # Errors
    /// If it does not compile, calls what is no helper, or writes more than 256 KiB.
    pub fn fill(&self, view: &TextView) -> Result<String, TemplateError> {
        if let Some(text) = self.constant() {
            return Ok(text.to_owned());
        }
        let compiled = self.compiled.get_or_init(|| Template::compile_as(&self.source, PLAIN, false));
        compiled.as_ref().map_err(Clone::clone)?.fill_from(&view.0).map_err(|error| failure(&error))
    }

    /// What is wrong with it whatever it is filled from: calls of helpers that do not exist, or not as they are called.
    ///
    /// # Errors
    /// If it does not compile.
    pub fn check(&self) -> Result<Vec<TemplateError>, TemplateError> {
        Draft::new(&self.source, PLAIN, &UNKNOWN).map(|draft| draft.problems().to_vec())
    }
}

impl From<String> for TextTemplate {
    fn from(source: String) -> TextTemplate {
        TextTemplate::new(source)
    }
}

const PLAIN: Escaping = Escaping { text: TextForm::Plain, json: false };

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;

    fn fill(source: &str, view: Value) -> Result<String, String> {
        TextTemplate::new(source.to_owned()).fill(&TextView::new(view)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_text_is_written_as_it_is_and_what_is_not_there_is_nothing() {
        let view = json!({ "a": "<!channel> *x* {{b}} & \"q\"", "n": 1.50, "list": ["x", "y"], "detail-type": "T" });
        for (source, written) in [
            ("no tag", "no tag"),
            ("{{a}}", "<!channel> *x* {{b}} & \"q\""),
            ("[{{b}}{{b.c}}{{a.b.[0]}}]", "[]"),
            ("{{n}} {{detail-type}}", "1.5 T"),
            ("[{{plain b}}{{code b.c}}{{url d}}{{json e}}]", "[null]"),
            ("{{#each list}}{{this}};{{/each}}", "x;y;"),
            ("{{#if (eq detail.failed true)}}warning{{else}}info{{/if}}", "info"),
            ("{{#if (eq (len list) 2)}}two{{/if}}", "two"),
        ] {
            assert_eq!(fill(source, view.clone()), Ok(written.to_owned()), "{source}");
        }
    }

    #[test]
    fn what_fails_says_so_without_a_value() {
        let view = json!({ "long": "CANARY".repeat(10_000), "list": [1, 2, 3, 4, 5] });
        for (source, problem) in [
            ("{{#if a}}", "line 1: `{{#if}}` is never closed by `{{/if}}`"),
            ("{{{a}}}", "line 1: writes a value unescaped"),
            ("{{upper long}}", "line 1: no such helper: upper"),
            ("{{#each list}}{{../long}}{{/each}}", "line 1: writes more than 256 KiB"),
        ] {
            let told = fill(source, view.clone()).unwrap_err();
            assert!(told.starts_with(problem) && !told.contains("CANARY"), "{source}: {told}");
        }
    }

    #[test]
    fn a_check_knows_what_filling_would_not_tell() {
        let problems = |source: &str| {
            let told = TextTemplate::new(source.to_owned()).check();
            told.map(|problems| problems.iter().map(|problem| problem.problem.clone()).collect::<Vec<_>>())
        };
        assert_eq!(problems("{{a.b}} {{#each c}}{{d}}{{/each}}").unwrap(), [""; 0]);
        assert_eq!(problems("{{#if x}}{{upper y}}{{/if}}").unwrap(), ["no such helper: `upper`"]);
        assert!(problems("{{/if}}").unwrap_err().problem.starts_with("`{{/if}}` closes no block"));
    }
}
