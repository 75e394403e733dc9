//! What a template can call.

/// A helper, and how it is called.
pub(super) struct HelperRule {
    pub(super) name: &'static str,
    pub(super) stands: Stands,
    /// The least and the greatest number of values behind its name.
    pub(super) values: (usize, usize),
    /// `name=value` that it takes.
    pub(super) settings: &'static [&'static str],
    /// What it writes, answers or goes into, for the reference.
    what: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// `{{#if x}}…{{/if}}`
    Block,
    /// `{{plain x}}`
    Writes,
    /// `(eq x 1)`, and anywhere else.
    Answers,
}

/// All of them; `Template` registers what handlebars does not bring.
pub(super) const HELPERS: &[HelperRule] = &[
    rule("plain", Stands::Writes, (1, 1), "a text where the channel reads no markup"),
    rule("url", Stands::Writes, (1, 1), "an https or http address; anything else is left out"),
    rule("code", Stands::Writes, (1, 1), "an identifier, as it is, on one line, to be copied"),
    rule("json", Stands::Writes, (1, 1), "a value as JSON, quotes included; only in payloads of JSON"),
    HelperRule {
        settings: INCLUDE_ZERO,
        ..rule("if", Stands::Block, (1, 1), "what is inside if the value is there; empty, `false` and `0` are not")
    },
    HelperRule { settings: INCLUDE_ZERO, ..rule("unless", Stands::Block, (1, 1), "the same, turned around") },
    rule(
        "each",
        Stands::Block,
        (1, 1),
        "what is inside for every item; in it `this`, `@index`, `@first`, `@last` (of a group `@key`), and `../x` for what is outside",
    ),
    rule("with", Stands::Block, (1, 1), "what is inside, its names looked up in the value"),
    rule("eq", Stands::Answers, (2, 2), "whether both are equal"),
    rule("ne", Stands::Answers, (2, 2), "whether they are not"),
    rule("gt", Stands::Answers, (2, 2), "whether the first is greater"),
    rule("gte", Stands::Answers, (2, 2), "whether it is greater or equal"),
    rule("lt", Stands::Answers, (2, 2), "whether it is less"),
    rule("lte", Stands::Answers, (2, 2), "whether it is less or equal"),
    rule("and", Stands::Answers, (1, usize::MAX), "whether all are there"),
    rule("or", Stands::Answers, (1, usize::MAX), "whether one of them is there"),
    rule("not", Stands::Answers, (1, 1), "whether it is not there"),
    rule("len", Stands::Answers, (1, 1), "how many items a list or a group has"),
    rule("lookup", Stands::Answers, (2, 2), "an item, by its number from 0 or its name"),
];

const INCLUDE_ZERO: &[&str] = &["includeZero"];

/// Every helper: how it is called, such as `{{plain x}}`, and what it is for.
pub fn helpers() -> impl Iterator<Item = (String, &'static str)> {
    HELPERS.iter().map(|rule| {
        let values = if rule.values == (1, 1) { "x" } else { "x y" };
        let call = match rule.stands {
            Stands::Block => format!("{{{{#{} {values}}}}}…{{{{/{}}}}}", rule.name, rule.name),
            Stands::Writes => format!("{{{{{} {values}}}}}", rule.name),
            Stands::Answers => format!("({} {values})", rule.name),
        };
        (call, rule.what)
    })
}

/// The names of all helpers.
pub(super) fn helper_names() -> impl Iterator<Item = &'static str> {
    HELPERS.iter().map(|rule| rule.name)
}

pub(super) fn find(name: &str) -> Option<&'static HelperRule> {
    HELPERS.iter().find(|rule| rule.name == name)
}

impl HelperRule {
    /// What is wrong with so many values, if anything.
    pub(super) fn refuses(&self, values: usize) -> Option<String> {
        let (least, most) = self.values;
        let takes = match self.values {
            (1, 1) => "one value",
            (2, 2) => "two values",
            _ => "values",
        };
        (values < least || values > most).then(|| format!("`{}` takes {takes}", self.name))
    }
}

const fn rule(name: &'static str, stands: Stands, values: (usize, usize), what: &'static str) -> HelperRule {
    HelperRule { name, stands, values, settings: &[], what }
}
