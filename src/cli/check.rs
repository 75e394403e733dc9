//! `hikyaku check`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::page::Page;
use super::problems::Shown;
use super::{Context, Done, Stop, count, print, print_json, say};
use crate::aws::Aws;
use crate::config::{Broken, Level, Origin};
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
        let mut shown = Shown::new(&context.origin);
        print_json(&json!({ "origin": context.origin.to_string(), "problems": shown.all_json(&problems) }));
    } else {
        let (page, mut shown) = (Page::of(&context.env), Shown::new(&context.origin));
        problems.iter().flat_map(|problem| shown.lines(problem, &page)).for_each(|line| print(&line));
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
