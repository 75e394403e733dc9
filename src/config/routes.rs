//! `routes`: who gets what.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::Loader;
use crate::deliver::Receiver;
use crate::notification::{Mention, Severity};
use crate::pattern::Pattern;
use crate::route::Route;
use crate::text::nearest;

impl Loader {
    /// The routes, from top to bottom; one to all `receivers` if there are none.
    pub(super) fn routes(&mut self, receivers: &[Arc<Receiver>]) -> Vec<Route> {
        let count = self.tree.length("/routes");
        if count == 0 {
            if self.tree.has("/routes") {
                self.error("/routes", "must be a list with at least one route");
            }
            let all = receivers.iter().map(|receiver| receiver.name.clone()).collect();
            return vec![Route { to: all, ..Route::default() }];
        }
        let mut routes = Vec::new();
        for index in 0..count {
            let pointer = format!("/routes/{index}");
            if !self.is_mapping(&pointer) {
                continue;
            }
            let pattern = self.pattern(&format!("{pointer}/match"));
            let Some(settings) = self.read::<RouteSettings>(&pointer) else { continue };
            let all = settings.pattern.is_none() && settings.min_severity.is_none();
            let route = self.route(&pointer, settings, pattern);
            if index + 1 == count && !all {
                self.error(&pointer, "the last route must match everything: without `match` and `min_severity`");
            } else if index + 1 < count && all && !route.go_on {
                self.error(&format!("/routes/{}", index + 1), "is never reached: the route before it matches everything");
            }
            routes.push(route);
        }
        routes
    }

    fn route(&mut self, pointer: &str, settings: RouteSettings, pattern: Option<Pattern>) -> Route {
        let RouteSettings { pattern: _, min_severity, to, mention, go_on, drop } = settings;
        let names = self.tree.keys("/receivers");
        for (index, name) in to.iter().enumerate() {
            if !names.contains(name) {
                let near = nearest(name, names.iter().map(String::as_str));
                self.error(&format!("{pointer}/to/{index}"), format!("there is no receiver `{name}`{near}"));
            }
        }
        if to.is_empty() && !drop {
            self.error(pointer, "must name receivers in `to`, or say `drop: true`");
        }
        Route { pattern, min_severity, to, mention, go_on, drop }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `to`")]
struct RouteSettings {
    #[serde(rename = "match")]
    pattern: Option<Value>,
    min_severity: Option<Severity>,
    #[serde(default)]
    to: Vec<String>,
    mention: Option<Mention>,
    #[serde(default, rename = "continue")]
    go_on: bool,
    #[serde(default)]
    drop: bool,
}
