//! A JUnit report: <https://github.com/testmoapp/junitxml>

use super::Judged;
use crate::expect::Failure;

/// A suite for each file, a case for each expectation.
pub(super) fn report(all: &[Judged]) -> String {
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"hikyaku\"{}>\n", counts(all));
    for suite in all.chunk_by(|a, b| a.path == b.path) {
        let name = suite.first().map(|judged| judged.path.display().to_string()).unwrap_or_default();
        xml.push_str(&format!("  <testsuite name=\"{}\"{}>\n", attribute(&name), counts(suite)));
        suite.iter().for_each(|judged| xml.push_str(&case(judged, &name)));
        xml.push_str("  </testsuite>\n");
    }
    xml + "</testsuites>\n"
}

fn counts(all: &[Judged]) -> String {
    let failed = all.iter().filter(|judged| !judged.holds()).count();
    format!(" tests=\"{}\" failures=\"{failed}\" errors=\"0\"", all.len())
}

fn case(judged: &Judged, file: &str) -> String {
    let (name, file, line) = (attribute(&judged.expectation.name), attribute(file), judged.expectation.line);
    let case = format!("    <testcase name=\"{name}\" classname=\"{file}\" file=\"{file}\" line=\"{line}\"");
    if judged.holds() {
        return case + "/>\n";
    }
    let told: Vec<String> = judged.judgement.failures.iter().map(told).collect();
    let message = attribute(told.first().map(String::as_str).unwrap_or_default());
    let previews = judged.judgement.explanations.iter().flat_map(|explanation| &explanation.deliveries);
    let previews = previews.map(|delivery| format!("\n\n{} ({}):\n{}", delivery.receiver, delivery.channel, delivery.preview));
    let text = escape(&(told.join("\n") + &previews.collect::<String>()));
    format!("{case}>\n      <failure message=\"{message}\">{text}</failure>\n    </testcase>\n")
}

fn told(Failure { what, expected, came }: &Failure) -> String {
    format!("{what}: expected {expected}, came {came}")
}

/// Text as it stands in an attribute, where a bare line feed would become a blank.
fn attribute(text: &str) -> String {
    escape(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Text as it stands in an element, without what XML cannot hold: <https://www.w3.org/TR/xml/#charsets>
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(char),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ if char.is_control() => out.push('\u{fffd}'),
            _ => out.push(char),
        }
    }
    out
}
