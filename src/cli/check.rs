//! `hikyaku check`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Context, Done, Stop, count, print, print_json, say};
use crate::aws::Aws;
use crate::config::{Broken, Level, Origin, Problem};
use crate::route;

#[derive(Args)]
pub(super) struct Arguments {
    /// The configuration (a file, or ssm:/name), instead of the one that would be found
    file: Option<PathBuf>,
    /// Take warnings for errors
    #[arg(long)]
    strict: bool,
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Stop> {
    let origin = arguments.file.as_deref().map_or_else(|| context.origin.clone(), Origin::of).fetch(&Aws::default()).await;
    let context = Context { origin, host: None, env: context.env.clone(), json: context.json };
    let (problems, about) = match context.origin.check(&context.env) {
        Ok((config, problems)) => {
            let (receivers, routes) = (config.receivers.len(), route::all(&config.routes).len());
            (problems, format!("{}: {}, {}", context.origin, count(receivers, "receiver"), count(routes, "route")))
        }
        Err(Broken::Unreadable(problem)) => return Err(Stop::could_not_run(problem)),
        Err(Broken::Problems(problems)) => (problems, String::new()),
    };
    let errors = problems.iter().filter(|problem| problem.level == Level::Error).count();
    let warnings = problems.len() - errors;
    if context.json {
        print_json(
            &json!({ "origin": context.origin.to_string(), "problems": problems.iter().map(in_json).collect::<Vec<_>>() }),
        );
    } else {
        problems.iter().for_each(|problem| print(&context.place(problem)));
        if errors == 0 {
            print(&about);
        }
        if !problems.is_empty() {
            say(&format!("{}, {}", count(errors, "error"), count(warnings, "warning")));
        }
    }
    let holds = errors == 0 && (warnings == 0 || !arguments.strict);
    Ok(if holds { Done::AllHolds } else { Done::FallsShort })
}

pub(super) fn in_json(problem: &Problem) -> serde_json::Value {
    let level = if problem.level == Level::Error { "error" } else { "warning" };
    let mut json = json!({ "level": level, "setting": problem.setting, "problem": problem.text });
    if let (Some(file), Some(json)) = (&problem.file, json.as_object_mut()) {
        json.insert("file".to_owned(), file.display().to_string().into());
    }
    if let (Some((line, column)), Some(json)) = (problem.at, json.as_object_mut()) {
        json.insert("line".to_owned(), line.into());
        json.insert("column".to_owned(), column.into());
    }
    json
}
