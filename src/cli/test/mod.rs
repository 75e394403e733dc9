//! `hikyaku test`: expectations held against the configuration, nothing sent.

mod junit;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::explain::{tell_message, tell_routes};
use super::page::{Page, Style};
use super::{Context, Done, Stop, count, print, print_json, say};
use crate::config::{Broken, Config, Origin};
use crate::expect::{Coverage, Expectation, Failure, Judgement, Suite, Touched};
use crate::route::Route;

#[derive(Args)]
pub(super) struct Arguments {
    /// Expectations [default: every *.test.yaml beside the configuration]
    files: Vec<PathBuf>,
    /// Write a JUnit report to FILE as well
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// An expectation, and how it went.
struct Judged {
    /// Its file and line.
    path: PathBuf,
    expectation: Expectation,
    judgement: Judgement,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Done, Stop> {
    let files = if arguments.files.is_empty() { beside(&context.origin)? } else { arguments.files.clone() };
    let config = context.config()?;
    let suites = read(&files, &config)?;
    let (mut coverage, routes) = (Coverage::of(&config), config.routes.clone());
    let app = context.app(config);
    let mut all = Vec::new();
    for Suite { path, expectations } in suites {
        for expectation in expectations {
            let judgement = expectation.judge(&app);
            coverage.note(&judgement.explanations);
            all.push(Judged { path: path.clone(), expectation, judgement });
        }
    }
    if let Some(path) = &arguments.junit {
        let written = std::fs::write(path, junit::report(&all));
        written.map_err(|error| Stop::could_not_run(format!("{}: {error}", path.display())))?;
    }
    match context.json {
        true => print_json(&in_json(&all, &coverage)),
        false => tell(&all, &coverage, &routes, &Page::of(&context.env)),
    }
    Ok(if all.iter().all(Judged::holds) { Done::AllHolds } else { Done::FallsShort })
}

impl Judged {
    fn holds(&self) -> bool {
        self.judgement.failures.is_empty()
    }

    fn place(&self) -> String {
        format!("{}:{}", self.path.display(), self.expectation.line)
    }
}

/// The files of expectations beside the configuration.
fn beside(origin: &Origin) -> Result<Vec<PathBuf>, Stop> {
    let folder = match origin {
        Origin::File(path) => path.parent().unwrap_or(Path::new("")),
        Origin::Parameter(_) | Origin::Environment => Path::new(""),
    };
    let shown = if folder == Path::new("") { Path::new(".") } else { folder };
    let unreadable = |error: std::io::Error| Stop::could_not_run(format!("{}: {error}", shown.display()));
    let entries = std::fs::read_dir(shown).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?;
    let names = entries.into_iter().map(|entry| entry.file_name());
    let mut files: Vec<PathBuf> =
        names.filter(|name| name.to_string_lossy().ends_with(".test.yaml")).map(|name| folder.join(name)).collect();
    files.sort();
    if files.is_empty() {
        return Err(Stop::could_not_run(format!("there is no *.test.yaml in {}; `hikyaku init` writes one", shown.display())));
    }
    Ok(files)
}

/// All suites, or everything that is wrong with any of them.
fn read(files: &[PathBuf], config: &Config) -> Result<Vec<Suite>, Stop> {
    let mut suites = Vec::new();
    let mut wrong = 0;
    for file in files {
        match Suite::read(file, config) {
            Ok(suite) => suites.push(suite),
            Err(Broken::Problems(problems)) => {
                wrong += problems.len();
                problems.iter().for_each(|problem| say(&problem.to_string()));
            }
            Err(Broken::Unreadable(problem)) => {
                wrong += 1;
                say(&problem);
            }
        }
    }
    match wrong {
        0 => Ok(suites),
        wrong => Err(Stop::could_not_run(format!("{} in the expectations", count(wrong, "problem")))),
    }
}

fn tell(all: &[Judged], coverage: &Coverage, routes: &[Route], page: &Page) {
    for judged in all {
        match judged.holds() {
            true => page.item("✓ ", Style::Good, &judged.expectation.name),
            false => tell_failed(judged, routes, page),
        }
    }
    let failed = all.iter().filter(|judged| !judged.holds()).count();
    print("");
    let (summary, style) = match failed {
        0 => (format!("{}, all hold", count(all.len(), "expectation")), Style::Good),
        failed => (format!("{}, {failed} failed", count(all.len(), "expectation")), Style::Bad),
    };
    page.write(&summary, style);
    tell_untouched("routes", &coverage.routes, page);
    tell_untouched("templates", &coverage.templates, page);
}

fn tell_failed(judged: &Judged, routes: &[Route], page: &Page) {
    page.item("✗ ", Style::Bad, &judged.expectation.name);
    page.item("  ", Style::Plain, &judged.place());
    for Failure { what, expected, came } in &judged.judgement.failures {
        page.item("  ! ", Style::Bad, &format!("{what}: expected {expected}, came {came}"));
    }
    for explanation in &judged.judgement.explanations {
        tell_routes(explanation, routes, page);
        explanation.deliveries.iter().for_each(|delivery| tell_message(delivery, page));
    }
}

/// A table of what no expectation has touched.
fn tell_untouched(what: &str, all: &[Touched], page: &Page) {
    let untouched: Vec<&Touched> = all.iter().filter(|touched| touched.times == 0).collect();
    if all.is_empty() {
        return;
    }
    page.write(&format!("{what}: {} of {} touched", all.len() - untouched.len(), all.len()), Style::Plain);
    for Touched { name, .. } in untouched {
        page.item("  not touched: ", Style::Warning, name);
    }
}

fn in_json(all: &[Judged], coverage: &Coverage) -> Value {
    let one = |judged: &Judged| {
        json!({
            "name": judged.expectation.name,
            "file": judged.path.display().to_string(),
            "line": judged.expectation.line,
            "holds": judged.holds(),
            "failures": judged.judgement.failures,
        })
    };
    json!({ "expectations": all.iter().map(one).collect::<Vec<_>>(), "coverage": coverage })
}
