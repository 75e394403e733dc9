//! `hikyaku samples`

use clap::Args;
use serde_json::json;

use super::page::{Page, Style};
use super::{Context, Done, Stop, print_json};
use crate::samples::{Change, SAMPLES, Sample};
use crate::text::columns::{pad, width};

#[derive(Args)]
pub(super) struct Arguments {
    /// Which one to print; without it, all are listed
    name: Option<String>,
    /// Change a value, such as detail.statusCode=closed; may be given several times
    #[arg(long, value_name = "PATH=VALUE", requires = "name")]
    set: Vec<Change>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Done, Stop> {
    let Some(name) = &arguments.name else {
        list(context);
        return Ok(Done::AllHolds);
    };
    // With no configuration, or a broken one, it is an event all the same.
    let trust = context.origin.load(&context.env).map(|(config, _)| config.trust).unwrap_or_default();
    let mut event = Sample::named(name).map_err(Stop::could_not_run)?.event_through(&trust.topics());
    for change in &arguments.set {
        change.apply(&mut event).map_err(Stop::could_not_run)?;
    }
    print_json(&event);
    Ok(Done::AllHolds)
}

fn list(context: &Context) {
    if context.json {
        let rows = SAMPLES.iter().map(|sample| json!({ "name": sample.name(), "kind": sample.kind, "about": sample.about }));
        return print_json(&rows.collect::<Vec<_>>());
    }
    let page = Page::of(&context.env);
    let widest = SAMPLES.iter().map(|sample| width(&sample.name())).max().unwrap_or_default();
    for sample in SAMPLES {
        page.item(&format!("{}  ", pad(&sample.name(), widest)), Style::Bold, sample.about);
    }
}
