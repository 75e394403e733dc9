//! What `check` tells of routes that hold together and mean something else than their writer thought: what can never match,
//! is never reached, or leads to nobody.
//!
//! A world is a kind, a status and a severity, with the names and types of all that such a notification can hold. A route is
//! asked in every world, so that what routes say of these three is known for sure, alone and together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Config, Loader, tree};
use crate::notification::{Kind, Mention, Severity, Status};
use crate::pattern::{Known, Reach, Want, covers, wants};
use crate::render::{Accounts, Library, Occasion, Profile, Reader as ForReader, render, specimens};
use crate::route::{Calls, Route};
use crate::text::nearest;

/// A sort of notifications.
struct World {
    severity: Severity,
    /// As patterns see them.
    known: Known,
}

impl Loader {
    /// Warns of what routes never do, and of receivers that they never choose.
    pub(super) fn check_reach(&mut self, config: &Config) {
        if self.tree.length("/routes") == 0 {
            return;
        }
        let worlds = worlds(&config.accounts);
        let mut warnings = Vec::new();
        Reader { loader: self, all: &worlds, warnings: &mut warnings }.list("/routes", &config.routes, worlds.iter().collect());
        warnings.into_iter().for_each(|(pointer, text)| self.warn(&pointer, text));
        self.check_calls("/routes", &config.routes, config, &mut BTreeMap::new());
        for receiver in &config.receivers {
            // As it is written: a route that is broken elsewhere leads there all the same.
            let is_chosen = self.tree.value("/routes").is_some_and(|routes| leads_to(routes, &receiver.name));
            let stands_in = |other: &str| config.receivers.iter().any(|of| of.terms.fallback.as_deref() == Some(other));
            if !is_chosen && !stands_in(&receiver.name) {
                let pointer = format!("/receivers/{}", tree::escape(&receiver.name));
                self.warn(&pointer, "gets nothing: no route and no `fallback` names it");
            }
        }
    }
}

impl Loader {
    /// Warns of each `mention` that is in no message; `writes` has the channels that were asked already.
    fn check_calls(&mut self, pointer: &str, routes: &[Route], config: &Config, writes: &mut BTreeMap<&str, bool>) {
        for (index, route) in routes.iter().enumerate() {
            let place = format!("{pointer}/{index}");
            if route.mention.as_ref().is_some_and(Calls::anybody) {
                let names = called(route);
                let receivers = config.receivers.iter().filter(|receiver| names.contains(&receiver.name.as_str()));
                let profiles: BTreeMap<&str, &Profile> =
                    receivers.map(|receiver| (receiver.kind.profile.channel, &receiver.kind.profile)).collect();
                let mut can_write = |profile: &&Profile| {
                    *writes.entry(profile.channel).or_insert_with(|| writes_mention(profile, &config.library))
                };
                if !profiles.is_empty() && !profiles.values().any(&mut can_write) {
                    let channels: Vec<String> = profiles.keys().map(|channel| format!("`{channel}`")).collect();
                    let text = format!("calls nobody: no template of {} writes `{{{{mention}}}}`", channels.join(" or "));
                    self.warn(&format!("{place}/mention"), text);
                }
            }
            self.check_calls(&format!("{place}/routes"), &route.routes, config, writes);
        }
    }
}

/// Whether one of `routes`, as they are written, names the receiver `name`.
fn leads_to(routes: &Value, name: &str) -> bool {
    let names = |to: &Value| to == name || to.as_array().is_some_and(|to| to.iter().any(|to| to == name));
    routes
        .as_array()
        .into_iter()
        .flatten()
        .any(|route| route.get("to").is_some_and(names) || route.get("routes").is_some_and(|routes| leads_to(routes, name)))
}

/// The receivers that have a route's `mention`.
fn called(route: &Route) -> Vec<&str> {
    let inherit = route.routes.iter().filter(|route| route.mention.is_none());
    route.to.iter().map(String::as_str).chain(inherit.flat_map(called)).collect()
}

/// Whether a message of a channel can show whom it calls.
fn writes_mention(profile: &Profile, library: &Library) -> bool {
    let (reader, accounts) = (ForReader::default(), Accounts::default());
    Kind::ALL.iter().any(|kind| {
        let payload = |mention| {
            let occasion = Occasion { mention, ..Occasion::new(&reader, &accounts) };
            render(&specimens::full(*kind), profile, &occasion, library).map(|message| message.payload).ok()
        };
        payload(Some(Mention::Channel)) != payload(None)
    })
}

/// Goes through the routes as they are written, beside those that were read.
struct Reader<'a> {
    loader: &'a Loader,
    all: &'a [World],
    warnings: &'a mut Vec<(String, String)>,
}

impl<'a> Reader<'a> {
    /// Looks at the list at `pointer`, which is offered what comes in the worlds `here`.
    fn list(&mut self, pointer: &str, routes: &[Route], here: Vec<&'a World>) {
        let mut left = here.clone();
        for (index, route) in routes.iter().enumerate() {
            let place = format!("{pointer}/{index}");
            let told = self.warnings.len();
            self.wants(&format!("{place}/match"));
            let could = |worlds: &[&'a World]| -> Vec<&'a World> {
                worlds.iter().copied().filter(|world| could_match(route, world)).collect()
            };
            let (matching, mut reached) = (could(&here), could(&left));
            let earlier = routes.get(..index).unwrap_or_default();
            let stopped = earlier.last().is_some_and(|before| before.takes_everything() && !before.go_on);
            let takes_all = |(number, before): (usize, &Route)| {
                let surely = matching.iter().all(|world| surely_takes(before, world));
                !before.go_on && (surely || self.covers(before, &format!("{pointer}/{number}"), route, &place))
            };
            let taker = earlier.iter().enumerate().position(takes_all);
            if matching.is_empty() {
                // What no notification fits has been told where it stands.
                if self.warnings.len() == told {
                    let why = self.contradiction(route, &here);
                    self.warn(&place, format!("can never match: {why}"));
                }
            } else if stopped || index + 1 == routes.len() && route.takes_everything() {
                // The one is an error, and told; the other is wise whatever comes before it.
            } else if let Some(taker) = taker {
                self.warn(&place, format!("is never reached: what it matches, route {} takes", told_path(pointer, taker)));
            } else if reached.is_empty() {
                self.warn(&place, "is never reached: what it matches, the routes before it take");
            }
            if route.leads_somewhere() && route.routes.iter().any(Route::takes_everything) {
                let key = if route.drop.is_some() { "drop" } else { "to" };
                self.warn(&format!("{place}/{key}"), "is of no use: its own routes take everything");
            }
            if reached.is_empty() {
                reached = self.all.iter().collect();
            }
            if !route.routes.is_empty() {
                self.list(&format!("{place}/routes"), &route.routes, reached);
            }
            if !route.go_on {
                left.retain(|world| !surely_takes(route, world));
            }
        }
    }

    /// Warns of what the pattern at `pointer` wants and no notification has.
    fn wants(&mut self, pointer: &str) {
        let Some(pattern) = self.loader.tree.value(pointer) else { return };
        let mut unknown = Vec::new();
        for want in wants(pattern) {
            let field = want.path.join(".");
            if let Some(problem) = self.unknown(&want.path) {
                // Once for all that is wanted of it.
                if !unknown.contains(&field) {
                    let list = want.pointer.rsplit_once('/').map_or("", |(list, _)| list);
                    self.warn(&format!("{pointer}{list}"), problem);
                    unknown.push(field);
                }
            } else if self.all.iter().all(|world| want.pattern.reach(&world.known) == Reach::Never) {
                let what = if want.excluded { ", so that this excludes nothing" } else { "" };
                let problem = format!("no `{field}` fits {}{what}{}", want.words, self.hint(&want));
                self.warn(&format!("{pointer}{}", want.pointer), problem);
            }
        }
    }

    /// Why no notification has the field at `path`.
    fn unknown(&self, path: &[String]) -> Option<String> {
        let mut places: Vec<&Known> = self.all.iter().map(|world| &world.known).collect();
        for (depth, name) in path.iter().enumerate() {
            let below: Vec<&Known> = places.iter().filter_map(|place| place.get(name)).collect();
            if below.is_empty() {
                let field = path.get(..=depth).unwrap_or_default().join(".");
                let names = places.iter().filter_map(|place| match place {
                    Known::Fields(fields) => Some(fields.keys().map(String::as_str)),
                    _ => None,
                });
                let hint = match name.as_str() {
                    "detail" | "detail-type" if depth == 0 => "; what the event itself holds, `event` matches".to_owned(),
                    _ => nearest(name, names.flatten()),
                };
                return Some(format!("no notification has `{field}`{hint}"));
            }
            places = below;
        }
        None
    }

    /// What was meant by `want`, which nothing fits: a near word, or a value of the type that the field has.
    fn hint(&self, want: &Want) -> String {
        let mut texts: Vec<&str> = Vec::new();
        for world in self.all {
            match want.path.iter().try_fold(&world.known, |known, name| known.get(name)) {
                Some(Known::Is(value)) => texts.extend(value.as_str()),
                Some(Known::OneOf(values)) if values.is_empty() => return "; `accounts` says none".to_owned(),
                Some(Known::OneOf(values)) => texts.extend(values.iter().filter_map(Value::as_str)),
                Some(Known::Like(Value::String(_))) => return ", which is text, and stands in quotes".to_owned(),
                Some(Known::Like(Value::Number(_))) => return ", which is a number".to_owned(),
                Some(Known::Like(Value::Bool(_))) => return ", which is true or false".to_owned(),
                _ => {}
            }
        }
        let Some(text) = &want.text else { return String::new() };
        let families = texts.iter().filter_map(|text| Some(format!("{}.", text.split_once('.')?.0)));
        let families: BTreeSet<String> = families.collect();
        match families.contains(&format!("{text}.")) {
            true => format!("; all of them are {{ prefix: \"{text}.\" }}"),
            false if want.words.starts_with("prefix") => nearest(text, families.iter().map(String::as_str)),
            false => nearest(text, texts),
        }
    }

    /// Why `route` matches in no world, though all that it wants can be there.
    fn contradiction(&self, route: &Route, here: &[&World]) -> &'static str {
        let Some(pattern) = &route.pattern else { return "what the route around it takes is below its `min_severity`" };
        let fits = |world: &&World| pattern.reach(&world.known) != Reach::Never;
        let enough = |world: &&World| route.min_severity.is_none_or(|least| world.severity >= least);
        match (self.all.iter().any(|world| fits(&world)), self.all.iter().any(|world| fits(&world) && enough(&world))) {
            (false, _) => "no notification has all that it wants at once",
            (true, false) => "what its pattern wants is below its `min_severity`",
            (true, true) if here.iter().any(fits) => "what the route around it takes is below its `min_severity`",
            (true, true) => "the route around it takes nothing of what it wants",
        }
    }

    /// Whether `earlier` takes all that `later` matches, as far as they want the same.
    fn covers(&self, earlier: &Route, earlier_at: &str, later: &Route, later_at: &str) -> bool {
        let written = |at: &str, key: &str| self.loader.tree.value(&format!("{at}/{key}"));
        let wants_the_same = |key: &str| match (written(earlier_at, key), written(later_at, key)) {
            (Some(wider), Some(narrower)) => covers(wider, narrower),
            (wider, _) => wider.is_none(),
        };
        let is_at_least = earlier.min_severity.is_none_or(|least| later.min_severity.is_some_and(|other| other >= least));
        let at_the_same_time = earlier.during.is_none() || earlier.during == later.during;
        // One that is broken has no pattern.
        let is_whole = |route: &Route, at: &str| {
            route.pattern.is_some() == written(at, "match").is_some() && route.event.is_some() == written(at, "event").is_some()
        };
        is_whole(earlier, earlier_at)
            && is_whole(later, later_at)
            && (earlier.leads_somewhere() || earlier.routes.iter().any(Route::takes_everything))
            && wants_the_same("match")
            && wants_the_same("event")
            && is_at_least
            && at_the_same_time
    }

    fn warn(&mut self, pointer: &str, text: impl Into<String>) {
        self.warnings.push((pointer.to_owned(), text.into()));
    }
}

fn could_match(route: &Route, world: &World) -> bool {
    route.min_severity.is_none_or(|least| world.severity >= least)
        && route.pattern.as_ref().is_none_or(|pattern| pattern.reach(&world.known) != Reach::Never)
}

fn surely_takes(route: &Route, world: &World) -> bool {
    route.event.is_none()
        && route.during.is_none()
        && route.min_severity.is_none_or(|least| world.severity >= least)
        && route.pattern.as_ref().is_none_or(|pattern| pattern.reach(&world.known) == Reach::Always)
        && (route.leads_somewhere() || route.routes.iter().any(|route| surely_takes(route, world)))
}

/// `1.0`, for the second route's first.
fn told_path(pointer: &str, index: usize) -> String {
    let numbers = pointer.split('/').filter(|part| part.parse::<usize>().is_ok()).map(str::to_owned);
    numbers.chain([index.to_string()]).collect::<Vec<_>>().join(".")
}

/// Every world, with the names that `accounts` gives.
fn worlds(accounts: &Accounts) -> Vec<World> {
    let fields = |document: &Value| match Known::like(document) {
        Known::Fields(fields) => fields,
        _ => BTreeMap::new(),
    };
    let documents = Kind::ALL.iter().map(|kind| (*kind, fields(&specimens::document(*kind))));
    let documents: Vec<_> = documents.collect();
    let texts = |texts: Vec<Option<&String>>| Known::OneOf(texts.into_iter().flatten().map(|text| json!(text)).collect());
    let (names, owners): (Vec<_>, Vec<_>) =
        accounts.iter().map(|(_, account)| (account.name.as_ref(), account.owner.as_ref())).unzip();
    let mut common: BTreeMap<String, Known> = documents.iter().flat_map(|(_, fields)| fields.clone()).collect();
    // The topic is the envelope's, which no notification knows.
    let others = [("account_name", texts(names)), ("account_owner", texts(owners)), ("topic", Known::Like(json!("")))];
    common.extend(others.map(|(name, known)| (name.to_owned(), known)));
    let mut worlds = Vec::new();
    for (kind, own) in documents {
        let data = own.get("data").cloned().unwrap_or(Known::Any);
        for severity in Severity::ALL {
            for status in Status::ALL {
                let mut fields = common.clone();
                let is = |word: &str| Known::Is(json!(word));
                fields.extend([
                    ("kind".to_owned(), is(kind.as_str())),
                    ("severity".to_owned(), is(severity.as_str())),
                    ("status".to_owned(), is(status.as_str())),
                    ("data".to_owned(), data.clone()),
                ]);
                worlds.push(World { severity: *severity, known: Known::Fields(fields) });
            }
        }
    }
    worlds
}

#[cfg(test)]
mod tests;
