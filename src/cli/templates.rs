//! `hikyaku templates`

use clap::Args;
use serde_json::json;

use super::page::{Page, Style};
use super::{Context, Done, Stop, print, print_json};
use crate::render::Library;
use crate::text::columns::{pad, width};
use crate::text::nearest;

#[derive(Args)]
pub(super) struct Arguments {
    /// Which one to print, such as slack/default; without it, all are listed
    name: Option<String>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Done, Stop> {
    let Some(name) = &arguments.name else {
        list(context);
        return Ok(Done::AllHolds);
    };
    let wanted = name.strip_suffix(".hbs").unwrap_or(name);
    let found = Library::built_in().iter().find(|(name, _)| *name == wanted);
    let (_, source) = found.ok_or_else(|| {
        let near = nearest(wanted, Library::built_in().iter().map(|(name, _)| *name));
        let near = if near.is_empty() { "; see `hikyaku templates`" } else { &near };
        Stop::could_not_run(format!("there is no built-in template `{wanted}`{near}"))
    })?;
    print(source.trim_end());
    Ok(Done::AllHolds)
}

fn list(context: &Context) {
    let all = Library::built_in();
    if context.json {
        let rows = all.iter().map(|(name, source)| json!({ "name": name, "about": about(name), "source": source }));
        return print_json(&rows.collect::<Vec<_>>());
    }
    let page = Page::of(&context.env);
    let widest = all.iter().map(|(name, _)| width(name)).max().unwrap_or_default();
    for (name, _) in all {
        page.item(&format!("{}  ", pad(name, widest)), Style::Bold, about(name));
    }
}

fn about(name: &str) -> &'static str {
    match name.rsplit_once('/') {
        Some((_, "plain")) => "what was refused, once more, in the plainest form",
        _ => "every kind",
    }
}
