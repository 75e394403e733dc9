//! Who gets what: routes from top to bottom, the first that matches wins unless it says `continue`.

use std::fmt;

use serde_json::Value;

use crate::notification::{Mention, Severity};
use crate::pattern::Pattern;

/// One route, compiled.
#[derive(Debug, Clone, Default)]
pub struct Route {
    /// Over the notification's JSON; none matches everything.
    pub pattern: Option<Pattern>,
    pub min_severity: Option<Severity>,
    pub to: Vec<String>,
    pub mention: Option<Mention>,
    pub go_on: bool,
    /// What matches is dropped, and counted.
    pub drop: bool,
}

/// What became of one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub index: usize,
    pub matched: bool,
    pub reason: String,
}

/// A receiver that a route chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<'a> {
    pub receiver: &'a str,
    pub mention: Option<Mention>,
}

/// What the routes made of a notification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection<'a> {
    /// Every route that was looked at, in order.
    pub steps: Vec<Step>,
    /// Each receiver once, however many routes chose it; the first one's mention counts.
    pub choices: Vec<Choice<'a>>,
    /// Whether a route dropped it.
    pub dropped: bool,
}

/// Walks `routes` for a notification, given as the JSON that patterns see.
pub fn select<'a>(routes: &'a [Route], severity: Severity, document: &Value) -> Selection<'a> {
    let mut selection = Selection::default();
    for (index, route) in routes.iter().enumerate() {
        let verdict = route.matches(severity, document);
        selection.steps.push(Step { index, matched: verdict.is_ok(), reason: verdict.clone().unwrap_or_else(|reason| reason) });
        if verdict.is_err() {
            continue;
        }
        if route.drop {
            selection.dropped = selection.choices.is_empty();
            break;
        }
        for receiver in &route.to {
            if !selection.choices.iter().any(|choice| choice.receiver == receiver) {
                selection.choices.push(Choice { receiver, mention: route.mention });
            }
        }
        if !route.go_on {
            break;
        }
    }
    selection
}

impl Selection<'_> {
    /// Whether no route matched but those that match everything, though `routes` has others.
    pub fn is_last_resort(&self, routes: &[Route]) -> bool {
        let is_particular = |route: &Route| !route.matches_everything();
        let matched = self.steps.iter().filter(|step| step.matched).filter_map(|step| routes.get(step.index));
        routes.iter().any(is_particular) && !matched.into_iter().any(is_particular)
    }
}

impl Route {
    /// Who gets what it matches, in words: `to ops, log`.
    pub fn leads_to(&self) -> String {
        if self.drop { "drop".to_owned() } else { format!("to {}", self.to.join(", ")) }
    }

    fn matches_everything(&self) -> bool {
        self.pattern.is_none() && self.min_severity.is_none()
    }

    /// Why it matches, or why not.
    fn matches(&self, severity: Severity, document: &Value) -> Result<String, String> {
        if let Some(least) = self.min_severity.filter(|least| severity < *least) {
            return Err(format!("`severity` is `{severity}`, below `{least}`"));
        }
        match &self.pattern {
            Some(pattern) => {
                pattern.check(document).map(|()| "its pattern matches".to_owned()).map_err(|mismatch| mismatch.to_string())
            }
            None => Ok(match self.min_severity {
                Some(least) => format!("`severity` is `{severity}`, at least `{least}`"),
                None => "it matches everything".to_owned(),
            }),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.matched { "matches" } else { "does not match" };
        write!(f, "route {} {what}: {}", self.index, self.reason)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;

    fn route(pattern: Value, to: &[&str]) -> Route {
        Route {
            pattern: Some(Pattern::parse(&pattern).unwrap()),
            to: to.iter().map(|to| (*to).to_owned()).collect(),
            ..Route::default()
        }
    }

    fn receivers(routes: &[Route], severity: Severity, document: &Value) -> Vec<String> {
        select(routes, severity, document).choices.iter().map(|choice| choice.receiver.to_owned()).collect()
    }

    #[test]
    fn the_first_match_wins_unless_it_goes_on() {
        let document = json!({ "kind": "certificate.expired", "severity": "critical" });
        let certificates = route(json!({ "kind": [{ "prefix": "certificate." }] }), &["ops"]);
        let rest = route(json!({ "kind": [{ "exists": true }] }), &["ops", "log"]);
        assert_eq!(receivers(&[certificates.clone(), rest.clone()], Severity::Critical, &document), ["ops"]);
        let going_on = Route { go_on: true, mention: Some(Mention::Channel), ..certificates };
        let routes = [going_on, rest];
        let selection = select(&routes, Severity::Critical, &document);
        assert_eq!(
            selection.choices,
            [Choice { receiver: "ops", mention: Some(Mention::Channel) }, Choice { receiver: "log", mention: None }],
            "a receiver is chosen once"
        );
    }

    #[test]
    fn what_only_the_routes_for_everything_take_was_foreseen_by_none() {
        let alarms = route(json!({ "kind": ["alarm"] }), &["ops"]);
        let audit = Route { go_on: true, to: vec!["audit".into()], ..Route::default() };
        let rest = Route { to: vec!["log".into()], ..Route::default() };
        let is_last_resort = |routes: &[&Route], kind: &str| {
            let routes: Vec<Route> = routes.iter().map(|route| (*route).clone()).collect();
            select(&routes, Severity::Info, &json!({ "kind": kind })).is_last_resort(&routes)
        };
        for (routes, kind, expected) in [
            (&[&rest][..], "text", false),
            (&[&audit, &rest], "text", false),
            (&[&alarms, &rest], "text", true),
            (&[&alarms, &rest], "alarm", false),
            (&[&audit, &alarms, &rest], "text", true),
            (&[&audit, &alarms, &rest], "alarm", false),
        ] {
            assert_eq!(is_last_resort(routes, kind), expected, "{routes:?} {kind}");
        }
    }

    #[test]
    fn a_route_says_why_not() {
        let document = json!({ "kind": "text", "severity": "info" });
        let routes = [
            route(json!({ "kind": ["alarm"] }), &["ops"]),
            Route { min_severity: Some(Severity::Warning), to: vec!["ops".into()], ..Route::default() },
            Route { drop: true, ..Route::default() },
            Route { to: vec!["ops".into()], ..Route::default() },
        ];
        let selection = select(&routes, Severity::Info, &document);
        let reasons: Vec<_> = selection.steps.iter().map(|step| step.reason.as_str()).collect();
        assert_eq!(
            reasons,
            ["`kind` is `text`, wanted `alarm`", "`severity` is `info`, below `warning`", "it matches everything"]
        );
        assert!(selection.dropped && selection.choices.is_empty());
        let selection = select(&routes, Severity::Critical, &document);
        assert_eq!(selection.steps.last().unwrap().reason, "`severity` is `critical`, at least `warning`");
    }
}
