//! A file of expectations, read with all that is wrong in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Expectation, Expected, Suite, Whose, Wording};
use crate::config::tree::escape;
use crate::config::{Broken, Config, Loader};
use crate::ingress::{self, Envelope};
use crate::notification::{Kind, Mention, Severity, Status};
use crate::samples::{Change, Sample};
use crate::text::nearest;

/// An expectation as it is written. What its texts name is looked at apart, so that all faults are told in one go.
#[derive(Deserialize)]
#[expect(dead_code, reason = "of some fields only the type is looked at here")]
#[serde(deny_unknown_fields, expecting = "a mapping with `name`, a `sample` or an `event`, and what is expected")]
struct Settings {
    name: String,
    event: Option<PathBuf>,
    sample: Option<String>,
    #[serde(default)]
    set: Map<String, Value>,
    at: Option<Timestamp>,
    to: Option<Vec<String>>,
    #[serde(default)]
    not_to: Vec<String>,
    kind: Option<String>,
    status: Option<Status>,
    severity: Option<Severity>,
    mention: Option<Mention>,
    dropped: Option<bool>,
    #[serde(default)]
    messages: BTreeMap<String, Wording>,
}

impl Suite {
    /// Reads the file at `path`, whose expectations are about `config`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(path: &Path, config: &Config) -> Result<Suite, Broken> {
        let located = |broken| match broken {
            Broken::Problems(mut problems) => {
                problems.iter_mut().for_each(|problem| problem.file = Some(path.to_owned()));
                Broken::Problems(problems)
            }
            unreadable => unreadable,
        };
        let loader = Loader::open(path, "expectations").map_err(located)?;
        let mut reader = Reader { loader, config };
        let expectations = reader.expectations();
        let mut problems = reader.loader.problems;
        if problems.is_empty() {
            return Ok(Suite { path: path.to_owned(), expectations });
        }
        problems.sort_by_key(|problem| problem.at);
        Err(located(Broken::Problems(problems)))
    }
}

struct Reader<'a> {
    loader: Loader,
    config: &'a Config,
}

impl Reader<'_> {
    fn expectations(&mut self) -> Vec<Expectation> {
        self.loader.only_known("", &["expectations"]);
        let count = self.loader.tree.length("/expectations");
        if count == 0 {
            self.loader.error("/expectations", "must be a list with at least one expectation");
        }
        (0..count).filter_map(|index| self.expectation(&format!("/expectations/{index}"))).collect()
    }

    fn expectation(&mut self, pointer: &str) -> Option<Expectation> {
        let told = self.loader.problems.len();
        let messages = format!("{pointer}/messages");
        let mut mappings = vec![pointer.to_owned(), messages.clone()];
        mappings.extend(self.loader.tree.keys(&messages).iter().map(|name| format!("{messages}/{}", escape(name))));
        if mappings.iter().filter(|pointer| !self.loader.is_mapping(pointer)).count() > 0 {
            return None;
        }
        let settings = self.loader.read::<Settings>(pointer);
        let envelopes = self.envelopes(pointer);
        self.check_receivers(&format!("{pointer}/to"));
        self.check_receivers(&format!("{pointer}/not_to"));
        let kind = self.kind(&format!("{pointer}/kind"));
        let whose = self.all_whose(&messages);
        let Settings { name, at, to, not_to, status, severity, mention, dropped, mut messages, .. } = settings?;
        let messages = whose.into_iter().filter_map(|(name, whose)| Some((whose, messages.remove(&name)?))).collect();
        let expected = Expected { to, not_to, kind, status, severity, mention, dropped, messages };
        if expected == Expected::default() && self.loader.problems.len() == told {
            self.loader.error(pointer, "expects nothing: say `to`, `kind`, `severity`, `messages` or the like");
        }
        let line = self.loader.tree.position(pointer).map_or(1, |(line, _)| line);
        Some(Expectation { name, line, envelopes: envelopes?, at, expected })
    }

    /// Notes the names in the list at `pointer` that no receiver has.
    fn check_receivers(&mut self, pointer: &str) {
        for index in 0..self.loader.tree.length(pointer) {
            let pointer = format!("{pointer}/{index}");
            let Some(name) = self.text(&pointer) else { continue };
            if !self.receivers().any(|known| known == name) {
                let near = nearest(&name, self.receivers());
                self.loader.error(&pointer, format!("there is no receiver `{name}`{near}"));
            }
        }
    }

    fn kind(&mut self, pointer: &str) -> Option<Kind> {
        let name = self.text(pointer)?;
        let found = Kind::ALL.iter().find(|kind| kind.as_str() == name).copied();
        if found.is_none() {
            let near = nearest(&name, Kind::ALL.iter().map(|kind| kind.as_str()));
            self.loader.error(pointer, format!("there is no kind `{name}`{near}"));
        }
        found
    }

    /// Whose messages each key at `pointer` names.
    fn all_whose(&mut self, pointer: &str) -> Vec<(String, Whose)> {
        let mut all = Vec::new();
        for name in self.loader.tree.keys(pointer) {
            if let Some(whose) = self.whose(&format!("{pointer}/{}", escape(&name)), &name) {
                all.push((name, whose));
            }
        }
        all
    }

    fn whose(&mut self, pointer: &str, name: &str) -> Option<Whose> {
        if self.receivers().any(|known| known == name) {
            return Some(Whose::Receiver(name.to_owned()));
        }
        if self.channels().any(|known| known == name) {
            return Some(Whose::Channel(name.to_owned()));
        }
        let near = nearest(name, self.receivers().chain(self.channels()));
        self.loader.error(pointer, format!("there is no receiver `{name}` and none of such a channel{near}"));
        None
    }

    fn receivers(&self) -> impl Iterator<Item = &str> {
        self.config.receivers.iter().map(|receiver| receiver.name.as_str())
    }

    fn channels(&self) -> impl Iterator<Item = &str> {
        self.config.receivers.iter().map(|receiver| receiver.kind.profile.channel)
    }

    /// The text at `pointer`; a value of another type is told with the settings.
    fn text(&self, pointer: &str) -> Option<String> {
        self.loader.tree.value(pointer).and_then(Value::as_str).map(str::to_owned)
    }

    /// The event, as it is once it has been changed.
    fn envelopes(&mut self, pointer: &str) -> Option<Vec<Envelope>> {
        let [file, sample] = ["event", "sample"].map(|key| format!("{pointer}/{key}"));
        let (place, event) = match (self.loader.tree.has(&file), self.loader.tree.has(&sample)) {
            (true, false) => (file.as_str(), self.event(&self.text(&file)?)),
            (false, true) => {
                let found = Sample::named(&self.text(&sample)?);
                (sample.as_str(), found.map(|found| found.event_through(&self.config.trust.topics())))
            }
            _ => (pointer, Err("must have either a `sample` or an `event`".to_owned())),
        };
        let mut event = event.map_err(|problem| self.loader.error(place, problem)).ok()?;
        let mut changed = true;
        for (path, value) in self.changes(&format!("{pointer}/set")) {
            let change = Change::new(&path, value).and_then(|change| change.apply(&mut event));
            if let Err(problem) = change {
                self.loader.error(&format!("{pointer}/set/{}", escape(&path)), problem);
                changed = false;
            }
        }
        let payload = ingress::unwrap(&event.to_string()).map_err(|error| self.loader.error(place, error.to_string()));
        payload.ok().filter(|_| changed).map(|payload| payload.envelopes)
    }

    fn changes(&self, pointer: &str) -> Map<String, Value> {
        self.loader.tree.value(pointer).and_then(Value::as_object).cloned().unwrap_or_default()
    }

    fn event(&self, file: &str) -> Result<Value, String> {
        let path = self.loader.folder.join(file);
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let json = serde_json::from_str(text.trim_start_matches('\u{feff}'));
        json.map_err(|error| format!("{}: not JSON: line {}, column {}", path.display(), error.line(), error.column()))
    }
}
