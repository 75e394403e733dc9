//! The configuration: read once, checked as a whole, all problems reported in one go. Secrets stay references.

mod delivery;
mod excerpt;
mod hint;
mod loader;
mod reach;
mod routes;
mod schema;
mod sources;
mod stored;
pub(crate) mod tree;
mod yaml;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::aws::{Aws, TopicArn};
use crate::channels::CHANNELS;
use crate::deliver::Receiver;
use crate::memory;
use crate::render::{Accounts, Library, LibraryError, Locale, Profile, Reader};
use crate::route::Route;
use crate::secret::{Env, SecretRef};
use crate::sources::Sources;
use crate::text::{names, nearest};
use crate::trust;
pub use excerpt::{Excerpt, Excerpts};
pub use hint::flow;
pub(crate) use loader::Loader;
pub use schema::schema;
use schema::{Common, Root};
pub use stored::Stored;

/// A configuration that holds together.
#[derive(Default)]
pub struct Config {
    pub receivers: Vec<Arc<Receiver>>,
    pub routes: Vec<Route>,
    /// Those that it declares, before the built-in ones, and what it says of severities.
    pub sources: Sources,
    pub accounts: Accounts,
    pub library: Library,
    /// The locale and time zone of whoever says nothing else.
    pub reader: Reader,
    /// Who may send to us.
    pub trust: trust::Settings,
    pub memory: memory::Settings,
    /// The URL of the SQS queue that keeps what was rejected.
    pub failure_queue: Option<String>,
    /// Whether the function's log is to tell CloudWatch metrics.
    pub metrics: bool,
}

/// Where a configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    File(PathBuf),
    /// A parameter of SSM's; [`fetch`](Origin::fetch) it before it can be read.
    Parameter(Stored),
    /// `SLACK_WEBHOOK_URL` and its like.
    Environment,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Parameter(stored) => stored.fmt(f),
            Origin::Environment => f.write_str("environment"),
        }
    }
}

/// One thing to mend, or to think about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub level: Level,
    /// The file that it is in, if that is not the configuration's own: a template.
    pub file: Option<PathBuf>,
    /// Line and column, counted from one.
    pub at: Option<(u64, u64)>,
    /// The setting: `receivers.ops.slack.url`.
    pub setting: String,
    pub text: String,
    /// A way out, where the text does not say it.
    pub help: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Warning,
    Error,
}

/// One line.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:{}", file.display(), if self.at.is_some() { "" } else { " " })?;
        }
        if let Some((line, column)) = self.at {
            write!(f, "{line}:{column}: ")?;
        }
        f.write_str(if self.level == Level::Error { "error: " } else { "warning: " })?;
        if !self.setting.is_empty() {
            write!(f, "{}: ", self.setting)?;
        }
        f.write_str(&self.text)
    }
}

impl Origin {
    /// What `name` says: `ssm:/name`, else a file's path.
    pub fn of(name: &Path) -> Origin {
        let stored = name.to_str().and_then(Stored::named);
        stored.map_or_else(|| Origin::File(name.to_owned()), Origin::Parameter)
    }

    /// The one that somebody names: `explicit`, else `HIKYAKU_CONFIG`.
    pub fn named(explicit: Option<&Path>, env: &Env) -> Option<Origin> {
        let variable = || env.get("HIKYAKU_CONFIG").filter(|name| !name.is_empty()).map(Path::new);
        explicit.or_else(variable).map(Origin::of)
    }

    /// Looks where a configuration can be: `explicit`, `HIKYAKU_CONFIG`, `hikyaku.yaml` in one of `folders`, else the
    /// environment.
    pub fn find(explicit: Option<&Path>, env: &Env, folders: &[PathBuf]) -> Origin {
        let named = Origin::named(explicit, env);
        let beside = || folders.iter().map(|folder| folder.join("hikyaku.yaml")).find(|path| path.is_file());
        named.or_else(|| beside().map(Origin::File)).unwrap_or(Origin::Environment)
    }

    /// The same, with what its parameter holds now, if it is one.
    pub async fn fetch(self, aws: &Aws) -> Origin {
        match self {
            Origin::Parameter(stored) => Origin::Parameter(stored.fetch(aws).await),
            other => other,
        }
    }

    /// Reads the configuration and compiles everything in it but templates, which cost more than a start may; what is wrong
    /// with those, and what could never happen, [`check`](Self::check) tells. A parameter's own templates are compiled as well:
    /// nothing stands between it and the function.
    ///
    /// # Errors
    /// All problems, warnings included, if one of them is an error; [`Broken::Unreadable`] if there is no file to look into.
    pub fn load(&self, env: &Env) -> Result<(Config, Vec<Problem>), Broken> {
        let (config, problems) = self.read(env, matches!(self, Origin::Parameter(_)))?;
        match problems.iter().all(|problem| problem.level == Level::Warning) {
            true => Ok((config, problems)),
            false => Err(Broken::Problems(problems)),
        }
    }

    /// The configuration as far as it goes, and everything that is wrong with it, its templates included.
    ///
    /// # Errors
    /// If there is nothing to look into.
    pub fn check(&self, env: &Env) -> Result<(Config, Vec<Problem>), Broken> {
        let (config, mut problems) = self.read(env, true)?;
        let profiles: Vec<&Profile> = CHANNELS.iter().map(|kind| &kind.profile).collect();
        problems.extend(config.library.check(&profiles).into_iter().map(in_template));
        Ok((config, problems))
    }

    /// The configuration as far as it goes, and what is wrong with it, in the order of its places; with the templates that
    /// stand in it and with what its routes can never do, if it is to be looked at `closely`.
    fn read(&self, env: &Env, closely: bool) -> Result<(Config, Vec<Problem>), Broken> {
        let loader = match self {
            Origin::File(path) => Loader::open(path, "receivers")?,
            Origin::Parameter(stored) => stored.loader("receivers")?,
            Origin::Environment => Loader::of(from_environment(env)),
        };
        Ok(loader.finish(self, env, closely))
    }
}

/// Everything that `check` would tell of a configuration with this text, but what is wrong with templates in a folder.
pub fn problems(text: &str, env: &Env) -> Vec<Problem> {
    let folder = Path::new("");
    match Loader::parse(text, "receivers", folder) {
        Ok(loader) => loader.finish(&Origin::File(folder.to_owned()), env, true).1,
        Err(Broken::Problems(problems)) => problems,
        Err(Broken::Unreadable(_)) => Vec::new(),
    }
}

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// The file cannot be read at all.
    Unreadable(String),
    Problems(Vec<Problem>),
}

impl Broken {
    /// The first thing to mend.
    pub fn worst(&self) -> String {
        let first = |problems: &[Problem]| problems.iter().find(|problem| problem.level == Level::Error).map(Problem::to_string);
        match self {
            Broken::Unreadable(problem) => problem.clone(),
            Broken::Problems(problems) => first(problems).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Unreadable(problem) => f.write_str(problem),
            Broken::Problems(problems) => {
                let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl std::error::Error for Broken {}

/// One receiver for each variable that is set, named after its channel.
fn from_environment(env: &Env) -> Value {
    let mut receivers = Map::new();
    for kind in CHANNELS {
        let Some((variable, setting)) = kind.env else { continue };
        let Some(value) = env.get(variable).filter(|value| !value.trim().is_empty()) else { continue };
        // An address stays a reference, to the variable or to where the variable says that it is; a topic's name is no secret.
        let value = match SecretRef::from(value.trim().to_owned()) {
            SecretRef::Literal(_) if setting == "url" => format!("env:{variable}"),
            _ => value.trim().to_owned(),
        };
        receivers.insert(kind.profile.channel.to_owned(), json!({ kind.profile.channel: { setting: value } }));
    }
    json!({ "receivers": receivers })
}

impl Loader {
    fn finish(mut self, origin: &Origin, env: &Env, closely: bool) -> (Config, Vec<Problem>) {
        let config = self.config(origin, env);
        if closely {
            self.check_sources();
            self.check_reach(&config);
        }
        self.problems.sort_by(|a, b| (&a.file, a.at).cmp(&(&b.file, b.at)));
        (config, self.problems)
    }

    fn config(&mut self, origin: &Origin, env: &Env) -> Config {
        self.only_known("", names::<Root>());
        let reader = self.reader("", None);
        let ids = self.tree.keys("/accounts");
        let mappings = ids.iter().filter(|id| self.is_mapping(&format!("/accounts/{}", tree::escape(id)))).count() == ids.len();
        let accounts = mappings.then(|| self.read::<Accounts>("/accounts")).flatten().unwrap_or_default();
        self.check_accounts(&accounts);
        let library = self.library();
        let receivers = self.receivers(&reader, env);
        let nothing = self.tree.value("/receivers").is_none_or(|value| value.is_null() || value.is_object());
        let misspelt = || self.tree.keys("").iter().any(|key| !nearest(key, ["receivers"]).is_empty());
        if nothing && self.tree.keys("/receivers").is_empty() && (self.tree.has("/receivers") || !misspelt()) {
            let text = match origin {
                Origin::File(_) | Origin::Parameter(_) => "there must be at least one receiver",
                Origin::Environment => "set SLACK_WEBHOOK_URL, WEBHOOK_URL or EMAIL_TOPIC_ARN, or write a hikyaku.yaml",
            };
            self.error("/receivers", text);
        }
        let routes = self.routes(&receivers, &reader.times.zone);
        let memory = self.memory(env);
        let failure_queue = self.failure_queue(env);
        self.check_terms(&receivers, failure_queue.is_some());
        let sources = self.sources();
        let trust = self.trust();
        let metrics = self.read::<bool>("/metrics").unwrap_or(true);
        Config { receivers, routes, sources, accounts, library, reader, trust, memory, failure_queue, metrics }
    }

    fn trust(&mut self) -> trust::Settings {
        let topics = self.read::<Vec<TopicArn>>("/topics");
        if topics.as_ref().is_some_and(Vec::is_empty) {
            self.error("/topics", "names no topic, so that none could send anything; leave it out to let all");
        }
        trust::Settings { topics, allow_signature_v1: self.read("/allow_signature_v1").unwrap_or_default() }
    }

    fn reader(&mut self, base: &str, above: Option<&Reader>) -> Reader {
        let locale = self.read::<Locale>(&format!("{base}/locale")).or(above.map(|above| above.locale));
        let pointer = format!("{base}/timezone");
        let zone = self.read::<String>(&pointer).and_then(|name| match TimeZone::get(&name) {
            Ok(zone) => Some(zone),
            Err(_) => {
                let text = format!("`{name}` is no IANA time zone such as Asia/Tokyo{}", zone_meant(&name));
                self.error_with_help(&pointer, text, "A time zone is named after a city, as in Asia/Tokyo; UTC is one too.");
                None
            }
        });
        let zone = zone.or(above.map(|above| above.times.zone.clone())).unwrap_or(TimeZone::UTC);
        Reader::new(locale.unwrap_or_default(), zone)
    }

    fn check_accounts(&mut self, accounts: &Accounts) {
        for id in self.tree.keys("/accounts") {
            let pointer = format!("/accounts/{}", tree::escape(&id));
            let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
            if id.len() != 12 || !is_number {
                let help = match is_number && id.len() < 12 {
                    true => format!("If zeros in front were lost, it is \"{id:0>12}\"; put it in quotes."),
                    false => "For example `accounts: { \"111122223333\": { name: prod } }`.".to_owned(),
                };
                self.error_with_help(&pointer, "an account's id has 12 digits", help);
            }
            let runbook = accounts.get(&id).and_then(|account| account.runbook.as_deref());
            if runbook.is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
                self.error(&format!("{pointer}/runbook"), "must begin with https://");
            }
        }
    }

    fn library(&mut self) -> Library {
        let folder = match self.tree.has("/templates_dir") {
            true => self.read::<PathBuf>("/templates_dir"),
            false => Some(self.layer.join("templates")).filter(|folder| folder.is_dir()),
        };
        let Some(folder) = folder else { return Library::default() };
        let folder = self.folder.join(folder);
        let (library, errors) = Library::open(&folder);
        for error in errors {
            match error.path == folder {
                true => self.error("/templates_dir", error.to_string()),
                false => self.problems.push(in_template(error)),
            }
        }
        library
    }

    fn receivers(&mut self, above: &Reader, env: &Env) -> Vec<Arc<Receiver>> {
        self.is_mapping("/receivers");
        let names = self.tree.keys("/receivers");
        names.iter().filter_map(|name| self.receiver(name, above, env)).map(Arc::new).collect()
    }

    /// A receiver: one channel's settings, and what is common to all channels.
    fn receiver(&mut self, name: &str, above: &Reader, env: &Env) -> Option<Receiver> {
        let base = format!("/receivers/{}", tree::escape(name));
        let channels: Vec<&str> = CHANNELS.iter().map(|kind| kind.profile.channel).collect();
        let common = names::<Common>();
        self.only_known(&base, &[common, &channels].concat());
        if name.is_empty() || !name.chars().all(|char| char.is_alphanumeric() || "-_.".contains(char)) {
            let plain = |char: char| if char.is_alphanumeric() || "-_.".contains(char) { char } else { '-' };
            let help =
                format!("For example `{}`.", if name.is_empty() { "ops".to_owned() } else { name.chars().map(plain).collect() });
            self.error_with_help(&base, "a receiver's name is made of letters, digits, `-`, `_` and `.`", help);
        }
        let mut reader = self.reader(&base, Some(above));
        reader.allow_mentions = self.read::<bool>(&format!("{base}/allow_mentions")).unwrap_or_default();
        let keys = self.tree.keys(&base);
        let mut kinds = CHANNELS.iter().filter(|kind| keys.iter().any(|key| key == kind.profile.channel));
        let kind = match (kinds.next(), kinds.next()) {
            (Some(kind), None) => kind,
            (Some(one), Some(two)) => {
                let text = format!("names two channels, `{}` and `{}`", one.profile.channel, two.profile.channel);
                self.error_with_help(&base, text, "Make two receivers of it, and name both in the `to` of a route.");
                return None;
            }
            // A misspelt channel is told of already.
            _ if keys.iter().any(|key| !common.contains(&key.as_str())) => return None,
            _ => {
                let text = format!("must name one channel: `{}`", channels.join("`, `"));
                self.error_with_help(
                    &base,
                    text,
                    format!("For example `{name}: {{ slack: {{ url: \"ssm:/hikyaku/{name}\" }} }}`."),
                );
                return None;
            }
        };
        let pointer = format!("{base}/{}", kind.profile.channel);
        self.is_mapping(&pointer).then_some(())?;
        let channel = self.read_with(&pointer, |value| (kind.configure)(if value.is_null() { json!({}) } else { value }))?;
        for warning in channel.warnings() {
            self.warn(&pointer, warning);
        }
        for reference in channel.references() {
            if let SecretRef::Env(variable) = reference
                && env.get(variable).is_none()
            {
                let help = "No matter where only events are looked at. The function finds it if its environment has it, or if the \
                            reference says where it lies: ssm:/name, secretsmanager:id#key or file:path.";
                self.warn_with_help(&pointer, format!("{reference} is not set here"), help);
            }
        }
        let terms = self.terms(&base, kind);
        Some(Receiver { name: name.to_owned(), kind, channel, reader, terms })
    }
}

/// Where a Lambda layer may have a `hikyaku.yaml` and a folder `templates`: its files lie below /opt
/// (<https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html>).
pub const LAYER: &str = "/opt/hikyaku";

/// The time zone that was meant by `name`, which is none.
fn zone_meant(name: &str) -> String {
    const SHORT: &[(&str, &str)] = &[
        ("JST", "Asia/Tokyo"),
        ("KST", "Asia/Seoul"),
        ("SGT", "Asia/Singapore"),
        ("IST", "Asia/Kolkata"),
        ("BST", "Europe/London"),
        ("CEST", "Europe/Paris"),
        ("EDT", "America/New_York"),
        ("CST", "America/Chicago"),
        ("PST", "America/Los_Angeles"),
        ("PDT", "America/Los_Angeles"),
    ];
    match SHORT.iter().find(|(short, _)| name.eq_ignore_ascii_case(short)) {
        Some((_, zone)) => format!("; did you mean `{zone}`?"),
        // An offset, or another abbreviation: what looks alike is far away.
        None if name.len() < 5 => String::new(),
        None => {
            let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
            nearest(name, zones.iter().map(String::as_str))
        }
    }
}

fn in_template(error: LibraryError) -> Problem {
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let at = error.at.map(|(line, column)| (number(line), number(column)));
    let help = if at.is_none() { TEMPLATE } else { NAMES };
    Problem {
        level: Level::Error,
        file: Some(error.path),
        at,
        setting: String::new(),
        text: error.problem,
        help: Some(help.into()),
    }
}

const TEMPLATE: &str = "A template is one file in the folder of its channel, named after the kinds that it serves: \
    slack/certificate.renewed.hbs, slack/certificate.hbs, slack/default.hbs.";
const NAMES: &str =
    "docs/reference/templates.md has every name and helper; `hikyaku templates CHANNEL/default` prints one to start from.";

#[cfg(test)]
mod tests;
