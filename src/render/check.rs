//! The user's templates looked at before a message needs them: each against a full and a minimal notification of every kind
//! that it serves, in every language.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::library::{Library, LibraryError, Stray};
use super::specimens;
use super::{Accounts, Caps, Locale, Occasion, Profile, Reader, View};
use crate::notification::{Kind, Mention, Notification};
use crate::template::{Draft, Shape, TemplateError};
use crate::text::nearest;

impl Library {
    /// All that is wrong with the user's templates and their names, file by file; `profiles` are those of all channels.
    ///
    /// It renders each some hundred times: nothing to do when a function starts.
    pub fn check(&self, profiles: &[&Profile]) -> Vec<LibraryError> {
        let profile = |channel: &str| profiles.iter().find(|profile| profile.channel == channel);
        let mut errors = Vec::new();
        let mut note = |path: &str, TemplateError { at, problem, too_long: _ }| {
            errors.push(LibraryError { path: self.folder.join(path), at, problem });
        };
        let whole = |problem: String| TemplateError { at: None, problem, too_long: false };
        for stray in &self.strays {
            match stray {
                Stray::Folder(name) if profile(name).is_none() => {
                    let near = nearest(name, profiles.iter().map(|profile| profile.channel));
                    note(name, whole(format!("there is no channel `{name}`{near}")));
                }
                Stray::Folder(_) => {}
                Stray::Template(path) => note(path, whole("stands in no channel's folder".to_owned())),
                Stray::Inner(path) => {
                    note(
                        path,
                        whole(
                            "holds no templates: one is a file in its channel's folder, such as certificate.renewed.hbs"
                                .to_owned(),
                        ),
                    );
                }
            }
        }
        for (name, source) in &self.custom {
            let Some((channel, stem)) = name.split_once('/') else { continue };
            let Some(profile) = profile(channel) else { continue };
            let path = format!("{name}.hbs");
            let kinds = kinds(stem);
            if kinds.is_empty() {
                let near = nearest(stem, stems());
                note(&path, whole(format!("no kind begins with `{stem}`{near}")));
                continue;
            }
            let serves = |kind: &Kind| self.candidates(channel, *kind).first().is_some_and(|found| found.name == *name);
            let served: Vec<Kind> = kinds.iter().copied().filter(serves).collect();
            // One that serves nothing is looked at as if nothing more particular were there.
            let problems = problems(source, profile, if served.is_empty() { &kinds } else { &served });
            problems.into_iter().for_each(|problem| note(&path, problem));
        }
        errors.sort();
        errors
    }
}

/// The kinds that a template called `stem` can serve.
fn kinds(stem: &str) -> Vec<Kind> {
    Kind::ALL.iter().filter(|kind| stem == "default" || kind.is_of(stem)).copied().collect()
}

/// Every name that a template can have.
fn stems() -> impl Iterator<Item = &'static str> {
    Kind::names().chain(["default"])
}

/// All that is wrong with a template of `profile`'s channel that serves `kinds`, in the order of its places.
pub(super) fn problems(source: &str, profile: &Profile, kinds: &[Kind]) -> Vec<TemplateError> {
    let cases = kinds.iter().flat_map(|kind| cases(*kind));
    let cases: Vec<(Value, Case)> = cases.map(|case| (case.view(profile.caps), case)).collect();
    let mut shape = Shape::default();
    cases.iter().for_each(|(view, _)| shape.add(view));
    let draft = match Draft::new(source, profile.escaping, &shape) {
        Ok(draft) => draft,
        Err(error) => return vec![error],
    };
    let mut found = Found::default();
    for (view, case) in &cases {
        let tried = draft.fill(view);
        let unfit = tried.written.and_then(|written| unfit(&draft, profile, case, written));
        let unfit = unfit.map(|problem| TemplateError { at: None, problem, too_long: false });
        tried.problems.into_iter().chain(unfit).for_each(|problem| found.note(problem, case));
    }
    let mut problems: Vec<TemplateError> = draft.problems().iter().cloned().chain(found.told(kinds.len() * 2)).collect();
    problems.sort_by_key(|problem| problem.at);
    problems
}

/// Why what was written at first, and shorter and shorter, is no payload; as [`super::render`] tries it.
fn unfit(draft: &Draft, profile: &Profile, case: &Case, mut written: String) -> Option<String> {
    let mut caps = profile.caps;
    loop {
        let Some(payload) = (profile.payload)(&written) else {
            return Some(format!("writes what the channel `{}` does not take", profile.channel));
        };
        if profile.fits(&payload) {
            return None;
        }
        let next = caps.shrunk().and_then(|shrunk| Some((shrunk, draft.fill(&case.view(shrunk)).written?)));
        let Some((shrunk, shorter)) = next else {
            let size = profile.unit.measure(&payload.text);
            let unit = profile.unit;
            return Some(match size > profile.limit {
                true => {
                    format!("is too long at its shortest: {size} {unit}, where `{}` takes {}", profile.channel, profile.limit)
                }
                false => format!("has a part that is empty or longer than `{}` takes, even at its shortest", profile.channel),
            });
        };
        (caps, written) = (shrunk, shorter);
    }
}

/// One notification for one reader.
struct Case {
    /// `a full`, `a minimal`
    fullness: &'static str,
    notification: Notification,
    accounts: Accounts,
    mention: Option<Mention>,
    reader: Reader,
}

impl Case {
    fn view(&self, caps: Caps) -> Value {
        let occasion = Occasion { mention: self.mention, ..Occasion::new(&self.reader, &self.accounts) };
        let view = View::new(&self.notification, &occasion, caps).with_document(&self.notification, &occasion, caps);
        serde_json::to_value(view).unwrap_or_default()
    }
}

fn cases(kind: Kind) -> impl Iterator<Item = Case> {
    let both = move |locale: &Locale| {
        let reader = Reader::new(*locale, TimeZone::UTC);
        let full = Case {
            fullness: "a full",
            notification: specimens::full(kind),
            accounts: specimens::accounts(),
            mention: Some(Mention::Channel),
            reader: reader.clone(),
        };
        let minimal = Case {
            fullness: "a minimal",
            notification: specimens::minimal(kind),
            accounts: Accounts::default(),
            mention: None,
            reader,
        };
        [full, minimal]
    };
    Locale::ALL.iter().flat_map(both)
}

/// Problems of one template, each told once however many notifications have it.
#[derive(Default)]
struct Found(Vec<(TemplateError, Vec<String>)>);

impl Found {
    fn note(&mut self, error: TemplateError, case: &Case) {
        // What follows a colon differs from one output to the next.
        let what = |error: &TemplateError| error.problem.split(": ").next().unwrap_or_default().to_owned();
        let with = format!("{} `{}`", case.fullness, case.notification.kind);
        match self.0.iter_mut().find(|(found, _)| found.at == error.at && what(found) == what(&error)) {
            Some((_, cases)) if cases.contains(&with) => {}
            Some((_, cases)) => cases.push(with),
            None => self.0.push((error, vec![with])),
        }
    }

    /// Each with the first of the notifications that have it, unless all of them, `all` in number, do.
    fn told(self, all: usize) -> impl Iterator<Item = TemplateError> {
        self.0.into_iter().map(move |(TemplateError { at, problem, too_long }, cases)| {
            let problem = match cases.as_slice() {
                [one] => format!("{problem} ({one})"),
                [first, more @ ..] if cases.len() < all => format!("{problem} ({first} and {} more)", more.len()),
                _ => problem,
            };
            TemplateError { at, problem, too_long }
        })
    }
}

#[cfg(test)]
mod tests;
