//! What a template can call.

/// A helper, and how it is called.
pub(super) struct HelperRule {
    pub(super) name: &'static str,
    pub(super) stands: Stands,
    /// The least and the greatest number of values behind its name.
    pub(super) values: (usize, usize),
    /// `name=value` that it takes.
    pub(super) settings: &'static [&'static str],
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
    rule("plain", Stands::Writes, (1, 1)),
    rule("url", Stands::Writes, (1, 1)),
    rule("code", Stands::Writes, (1, 1)),
    rule("json", Stands::Writes, (1, 1)),
    HelperRule { settings: &["includeZero"], ..rule("if", Stands::Block, (1, 1)) },
    HelperRule { settings: &["includeZero"], ..rule("unless", Stands::Block, (1, 1)) },
    rule("each", Stands::Block, (1, 1)),
    rule("with", Stands::Block, (1, 1)),
    rule("eq", Stands::Answers, (2, 2)),
    rule("ne", Stands::Answers, (2, 2)),
    rule("gt", Stands::Answers, (2, 2)),
    rule("gte", Stands::Answers, (2, 2)),
    rule("lt", Stands::Answers, (2, 2)),
    rule("lte", Stands::Answers, (2, 2)),
    rule("and", Stands::Answers, (1, usize::MAX)),
    rule("or", Stands::Answers, (1, usize::MAX)),
    rule("not", Stands::Answers, (1, 1)),
    rule("len", Stands::Answers, (1, 1)),
    rule("lookup", Stands::Answers, (2, 2)),
];

/// The names of all helpers.
pub fn helper_names() -> impl Iterator<Item = &'static str> {
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

const fn rule(name: &'static str, stands: Stands, values: (usize, usize)) -> HelperRule {
    HelperRule { name, stands, values, settings: &[] }
}
