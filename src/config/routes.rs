//! `routes`: who gets what.

use std::sync::Arc;

use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::Loader;
use crate::deliver::Receiver;
use crate::notification::Severity;
use crate::pattern::Pattern;
use crate::route::{Calls, Discard, During, DuringSettings, Route};
use crate::text::mask::mask;
use crate::text::nearest;

impl Loader {
    /// The routes, from top to bottom; one to all `receivers` if there are none. Hours are those of `zone`.
    pub(super) fn routes(&mut self, receivers: &[Arc<Receiver>], zone: &TimeZone) -> Vec<Route> {
        if !self.tree.has("/routes") {
            let all = receivers.iter().map(|receiver| receiver.name.clone()).collect();
            return vec![Route { to: all, ..Route::default() }];
        }
        let routes = self.route_list("/routes", zone, 1);
        // One that leads nowhere has been told already.
        let leads = |route: &Route| route.leads_somewhere() || !route.routes.is_empty();
        if let Some(last) = routes.last().filter(|last| leads(last) && !last.takes_everything()) {
            let conditions =
                last.pattern.is_some() || last.event.is_some() || last.min_severity.is_some() || last.during.is_some();
            let text = match conditions {
                true => "the last route must match everything: without `match`, `event`, `min_severity` and `during`",
                false => "the last route must lead somewhere whatever comes: give it a `to`, or its own last route no condition",
            };
            self.error(&format!("/routes/{}", routes.len() - 1), text);
        }
        routes
    }

    /// The routes at `pointer`, which are `depth` levels deep. One that is broken leads nowhere.
    fn route_list(&mut self, pointer: &str, zone: &TimeZone, depth: usize) -> Vec<Route> {
        let count = self.tree.length(pointer);
        if count == 0 {
            self.error(pointer, "must be a list with at least one route");
        }
        if depth > MAX_DEPTH {
            self.error(pointer, format!("stands more than {MAX_DEPTH} routes deep"));
            return Vec::new();
        }
        let mut routes: Vec<Route> = Vec::new();
        for index in 0..count {
            let pointer = format!("{pointer}/{index}");
            let route = self.route(&pointer, zone, depth).unwrap_or_default();
            if routes.last().is_some_and(|before| before.takes_everything() && !before.go_on) {
                self.error(&pointer, "is never reached: the route before it matches everything");
            }
            routes.push(route);
        }
        routes
    }

    fn route(&mut self, pointer: &str, zone: &TimeZone, depth: usize) -> Option<Route> {
        if !self.is_mapping(pointer) {
            return None;
        }
        let [pattern, event] = ["match", "event"].map(|key| {
            let pointer = format!("{pointer}/{key}");
            (self.tree.has(&pointer), self.pattern(&pointer))
        });
        let below = format!("{pointer}/routes");
        let has_routes = self.tree.has(&below);
        let routes = if has_routes { self.route_list(&below, zone, depth + 1) } else { Vec::new() };
        let settings = self.read::<RouteSettings>(pointer)?;
        let during = settings.during.map(|settings| self.during(&format!("{pointer}/during"), settings, zone));
        let drop = settings.drop.and_then(|drop| self.discard(&format!("{pointer}/drop"), drop));
        let RouteSettings { min_severity, to, mention, go_on, .. } = settings;
        let names = self.tree.keys("/receivers");
        for (index, name) in to.iter().enumerate() {
            if !names.contains(name) {
                self.no_receiver(&format!("{pointer}/to/{index}"), name);
            }
        }
        match &drop {
            None if to.is_empty() && !has_routes => {
                self.error(pointer, "must name receivers in `to`, have `routes` of its own, or say `drop: true`");
            }
            Some(_) if !to.is_empty() => self.error(&format!("{pointer}/drop"), "nobody gets what is dropped: leave out `to`"),
            Some(_) if go_on && !has_routes => {
                self.error(
                    &format!("{pointer}/continue"),
                    "what is dropped goes no further; a route before it may say `continue`",
                );
            }
            _ => {}
        }
        // One without the condition that was meant would take too much.
        let sound = pattern.0 == pattern.1.is_some() && event.0 == event.1.is_some() && during != Some(None);
        sound.then_some(Route {
            pattern: pattern.1,
            event: event.1,
            min_severity,
            during: during.flatten(),
            to,
            drop,
            mention,
            go_on,
            routes,
        })
    }

    fn during(&mut self, pointer: &str, settings: DuringSettings, zone: &TimeZone) -> Option<During> {
        During::new(settings, zone).map_err(|problem| self.error(pointer, problem)).ok()
    }

    fn discard(&mut self, pointer: &str, drop: DropSetting) -> Option<Discard> {
        match drop {
            DropSetting::Whether(false) => None,
            DropSetting::Whether(true) => Some(Discard { why: None }),
            DropSetting::Why(why) => {
                // It goes into the log, on one line.
                let why = mask(&why.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned();
                if why.is_empty() {
                    self.error(pointer, "must be true, or say why it is dropped");
                }
                Some(Discard { why: Some(why) })
            }
        }
    }

    pub(super) fn pattern(&mut self, pointer: &str) -> Option<Pattern> {
        match Pattern::parse(self.tree.value(pointer)?) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let place = if error.path().is_empty() { String::new() } else { format!("{}: ", error.path()) };
                let operator = error.path().rsplit('.').next().unwrap_or_default();
                let near = match error.message().strip_prefix("unknown operator, wanted ") {
                    Some(known) => nearest(operator, known.split([',', ' ']).filter(|word| !matches!(*word, "" | "or"))),
                    None => String::new(),
                };
                self.error(pointer, format!("{place}{}{near}", error.message()));
                None
            }
        }
    }
}

/// Who gets what it takes.
// Its patterns and its own routes are read apart.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `to`")]
pub(super) struct RouteSettings {
    /// Which notifications it takes: an EventBridge pattern over what `hikyaku explain --json` shows.
    #[serde(rename = "match")]
    #[schemars(with = "Option<Pattern>", example = json!({ "kind": [{ "prefix": "certificate." }] }))]
    _pattern: Option<IgnoredAny>,
    /// Which events it takes: an EventBridge pattern over the event as it came, before it was read.
    #[serde(rename = "event")]
    #[schemars(with = "Option<Pattern>", example = json!({ "detail": { "service": ["EC2"] } }))]
    _event: Option<IgnoredAny>,
    /// Takes notifications from this severity on.
    #[schemars(example = &"warning")]
    min_severity: Option<Severity>,
    /// The hours in which it holds, by when a notification occurred.
    #[schemars(example = json!({ "days": "mon-fri", "from": "09:00", "until": "18:00" }))]
    during: Option<DuringSettings>,
    /// The receivers that get it.
    #[serde(default)]
    #[schemars(example = ["ops"])]
    to: Vec<String>,
    /// Whom it calls, in channels that can; of all, or by severity.
    #[schemars(example = json!({ "critical": "channel", "warning": "here" }))]
    mention: Option<Calls>,
    /// Whether the routes below are tried too.
    #[serde(default, rename = "continue")]
    go_on: bool,
    /// Whether what it takes goes to nobody, or why it does.
    #[schemars(example = &"known since spring")]
    drop: Option<DropSetting>,
    /// Routes of its own, for what it takes; with `to`, for what none of them takes.
    #[serde(default, rename = "routes")]
    #[schemars(schema_with = "own_routes", example = json!([{ "match": { "severity": ["critical"] }, "to": ["ops"] }]))]
    _routes: Option<IgnoredAny>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "must be true, or a text that says why it is dropped")]
enum DropSetting {
    Whether(bool),
    Why(String),
}

/// Routes in a route are as those of the whole file.
fn own_routes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "minItems": 1, "items": { "$ref": "#/properties/routes/items" } })
}

/// Nobody follows a tree that is deeper than this.
const MAX_DEPTH: usize = 8;
