//! Who gets what: a tree of routes, asked from top to bottom.
//!
//! A route that matches offers the notification to its own `routes` first; what none of them takes goes to its own `to`, or
//! is dropped. The first route that takes it ends its list, unless it says `continue`. One without `to` and `drop` takes
//! nothing by itself: what none of its routes takes goes on to the next, as if it had not matched. So nothing is lost inside
//! of a route, as long as the last one of all takes everything.

mod calls;
mod during;
mod matter;

use std::fmt;

use serde::Serialize;

use crate::notification::{Mention, Severity};
use crate::pattern::Pattern;
pub use calls::Calls;
pub use during::{During, DuringSettings};
pub use matter::Matter;

/// One route, compiled. Without a condition it matches everything.
#[derive(Debug, Clone, Default)]
pub struct Route {
    /// Over the notification's JSON.
    pub pattern: Option<Pattern>,
    /// Over the message as it came.
    pub event: Option<Pattern>,
    pub min_severity: Option<Severity>,
    pub during: Option<During>,
    /// Who gets what none of `routes` takes.
    pub to: Vec<String>,
    /// Drops what none of `routes` takes.
    pub drop: Option<Discard>,
    /// Also of `routes` that say nothing else.
    pub mention: Option<Calls>,
    pub go_on: bool,
    pub routes: Vec<Route>,
}

/// That nobody gets it, and why, in the user's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discard {
    pub why: Option<String>,
}

/// What became of one route that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its place in its list, from 0.
    pub index: usize,
    /// Whether it took the notification, by itself or by one of its routes.
    pub matched: bool,
    pub reason: String,
    /// Those of its own routes that were looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Step>,
}

/// A receiver that a route chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<'a> {
    pub receiver: &'a str,
    pub mention: Option<Mention>,
}

/// The route that dropped a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// `2`, or `2.0` for the first of its own routes.
    pub route: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What the routes made of a notification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection<'a> {
    /// Every route that was looked at, in order.
    pub steps: Vec<Step>,
    /// Each receiver once, however many routes chose it; the first one's mention counts.
    pub choices: Vec<Choice<'a>>,
    /// Only if nobody was chosen.
    pub dropped: Option<Dropped>,
}

/// Asks `routes` for whom a notification is.
pub fn select<'a>(routes: &'a [Route], matter: &Matter<'_>) -> Selection<'a> {
    let mut selection = Selection::default();
    selection.steps = selection.offer(routes, "", None, matter);
    if !selection.choices.is_empty() {
        selection.dropped = None;
    }
    selection
}

/// Every route of a tree with its path (`2`, `2.0`), each before its own routes.
pub fn all(routes: &[Route]) -> Vec<(String, &Route)> {
    fn add<'a>(routes: &'a [Route], above: &str, out: &mut Vec<(String, &'a Route)>) {
        for (index, route) in routes.iter().enumerate() {
            let path = path(above, index);
            out.push((path.clone(), route));
            add(&route.routes, &path, out);
        }
    }
    let mut out = Vec::new();
    add(routes, "", &mut out);
    out
}

/// The path of a route in the list of the one at `above`, which is empty at the top.
pub fn path(above: &str, index: usize) -> String {
    if above.is_empty() { index.to_string() } else { format!("{above}.{index}") }
}

/// Whether a route that asks for something took it.
fn has_particular(steps: &[Step], routes: &[Route]) -> bool {
    steps.iter().filter(|step| step.matched).any(|step| {
        routes.get(step.index).is_some_and(|route| !route.matches_everything() || has_particular(&step.routes, &route.routes))
    })
}

impl<'a> Selection<'a> {
    /// Whether no route took it but those that match everything, though `routes` has others.
    pub fn is_last_resort(&self, routes: &[Route]) -> bool {
        all(routes).iter().any(|(_, route)| !route.matches_everything()) && !has_particular(&self.steps, routes)
    }

    /// Offers the notification to a list of routes, below the route at `above` whose mention they have.
    fn offer(&mut self, routes: &'a [Route], above: &str, mention: Option<&'a Calls>, matter: &Matter<'_>) -> Vec<Step> {
        let mut steps = Vec::new();
        for (index, route) in routes.iter().enumerate() {
            let step = self.ask(route, index, above, mention, matter);
            let ends = step.matched && !route.go_on;
            steps.push(step);
            if ends {
                break;
            }
        }
        steps
    }

    fn ask(&mut self, route: &'a Route, index: usize, above: &str, mention: Option<&'a Calls>, matter: &Matter<'_>) -> Step {
        let reason = match route.matches(matter) {
            Ok(reason) => reason,
            Err(reason) => return Step { index, matched: false, reason, routes: Vec::new() },
        };
        let (path, mention) = (path(above, index), route.mention.as_ref().or(mention));
        let routes = self.offer(&route.routes, &path, mention, matter);
        if routes.iter().any(|step| step.matched) {
            return Step { index, matched: true, reason, routes };
        }
        if let Some(Discard { why }) = &route.drop {
            self.dropped.get_or_insert_with(|| Dropped { route: path, why: why.clone() });
        }
        let mention = mention.map(|calls| calls.of(matter.severity()));
        for receiver in &route.to {
            if !self.choices.iter().any(|choice| choice.receiver == receiver) {
                self.choices.push(Choice { receiver, mention });
            }
        }
        match route.leads_somewhere() {
            true => Step { index, matched: true, reason, routes },
            false => Step { index, matched: false, reason: format!("{reason}, but none of its routes matches"), routes },
        }
    }
}

impl Route {
    /// Who gets what it takes by itself, in words: `to ops, log`, `drop: known noise`.
    pub fn leads_to(&self) -> String {
        match &self.drop {
            Some(Discard { why: Some(why) }) => format!("drop: {why}"),
            Some(Discard { why: None }) => "drop".to_owned(),
            None => format!("to {}", self.to.join(", ")),
        }
    }

    /// Whether it takes anything by itself.
    pub fn leads_somewhere(&self) -> bool {
        self.drop.is_some() || !self.to.is_empty()
    }

    /// Whether nothing that is offered to it goes on to the next.
    pub fn takes_everything(&self) -> bool {
        self.matches_everything() && (self.leads_somewhere() || self.routes.iter().any(Route::takes_everything))
    }

    fn matches_everything(&self) -> bool {
        self.pattern.is_none() && self.event.is_none() && self.min_severity.is_none() && self.during.is_none()
    }

    /// Why it matches, or why not.
    fn matches(&self, matter: &Matter<'_>) -> Result<String, String> {
        let severity = matter.severity();
        if let Some(least) = self.min_severity.filter(|least| severity < *least) {
            return Err(format!("`severity` is `{severity}`, below `{least}`"));
        }
        if let Some(pattern) = &self.pattern {
            pattern.check(matter.document()).map_err(|mismatch| mismatch.to_string())?;
        }
        if let Some(pattern) = &self.event {
            let body = matter.body().ok_or("its message is text, and `event` wants JSON")?;
            pattern.check(body).map_err(|mismatch| format!("in the event, {mismatch}"))?;
        }
        let during = self.during.as_ref().map(|during| during.matches(matter)).transpose()?;
        let first = match (&self.pattern, &self.event, self.min_severity) {
            (Some(_), Some(_), _) => Some("its patterns match".to_owned()),
            (Some(_), None, _) => Some("its pattern matches".to_owned()),
            (None, Some(_), _) => Some("its pattern of the event matches".to_owned()),
            (None, None, Some(least)) => Some(format!("`severity` is `{severity}`, at least `{least}`")),
            (None, None, None) => None,
        };
        let reasons: Vec<String> = first.into_iter().chain(during).collect();
        Ok(if reasons.is_empty() { "it matches everything".to_owned() } else { reasons.join(", ") })
    }
}

impl Step {
    /// Whether the route took the notification itself, and none of its own routes did.
    pub fn serves(&self) -> bool {
        self.matched && !self.routes.iter().any(|step| step.matched)
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "route {}", self.route)?;
        self.why.iter().try_for_each(|why| write!(f, ": {why}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests;
