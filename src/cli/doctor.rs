//! `hikyaku doctor`: what would be lost, and the line that mends it.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::page::{Page, Style};
use super::{Context, Done, Stop, count, print, print_json, say};
use crate::app::App;
use crate::channels::{CHANNELS, Console};
use crate::config::Origin;
use crate::doctor::stack::{self, SOMEWHERE, Stack};
use crate::doctor::{CHECKS, Finding, Level, Setup, Wiring, draw, examine};
use crate::secret::Env;
use crate::text::nearest;

#[derive(Args)]
pub(super) struct Arguments {
    /// The CloudFormation template that deploys the function, in YAML or JSON
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// A parameter of the template; may be given several times
    #[arg(long, value_name = "NAME=VALUE", requires = "template", value_parser = parameter)]
    parameter: Vec<(String, String)>,
    /// The function: its logical name in the template
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// Leave a check out, such as topic.publishers; may be given several times
    #[arg(long, value_name = "CHECK", value_parser = check)]
    ignore: Vec<String>,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn check(text: &str) -> Result<String, String> {
    let names = CHECKS.iter().map(|check| check.name);
    match CHECKS.iter().any(|check| check.name == text) {
        true => Ok(text.to_owned()),
        false => Err(format!("there is no such check{}", nearest(text, names))),
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Done, Stop> {
    let wiring = arguments.template.as_deref().map(|template| drawn(template, arguments)).transpose()?;
    let env = env(context, wiring.as_ref());
    let origin = &context.origin;
    if *origin == Origin::Environment && !names_receivers(&env) {
        let Some(wiring) = &wiring else {
            return Err(Stop::could_not_run("there is nothing to look at: no configuration, and no --template"));
        };
        say("no configuration was found here, so that the wiring alone is looked at; --config names one");
        return Ok(tell(examine(None, Some(wiring)), arguments, context));
    }
    let loaded = origin.check(&env);
    let app = origin.load(&env).ok().map(|(mut config, _)| {
        config.trust.topics = None;
        App::without_journal(config, env.clone(), Console::Error)
    });
    let setup = Setup { loaded: &loaded, origin: origin.to_string(), app, wiring: wiring.as_ref() };
    let findings = examine(Some(&setup), wiring.as_ref());
    Ok(tell(findings, arguments, context))
}

/// The wiring of the template at `path`.
fn drawn(path: &Path, arguments: &Arguments) -> Result<Wiring, Stop> {
    let name = path.display();
    let stop = |problem: String| Stop::could_not_run(format!("{name}: {problem}"));
    let text = std::fs::read_to_string(path).map_err(|error| stop(error.to_string()))?;
    let template = stack::parse(&text).map_err(stop)?;
    let parameters: Vec<(&str, &str)> = arguments.parameter.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let stack = Stack::new(&template, &parameters, SOMEWHERE);
    stack.problems.iter().for_each(|problem| say(&format!("{name}: {problem}")));
    stack.refused.iter().for_each(|rule| say(&format!("{name}: {rule}")));
    draw(&stack, arguments.function.as_deref()).map_err(stop)
}

/// The environment here, and over it the function's.
fn env(context: &Context, wiring: Option<&Wiring>) -> Env {
    let variables = wiring.into_iter().flat_map(|wiring| &wiring.function.variables);
    // A queue's URL is checked, and a template does not know all of it.
    let known = |value: &str| value.replace(SOMEWHERE.account, "000000000000").replace(SOMEWHERE.region, "us-east-1");
    context.env.with(variables.map(|(name, value)| (name.clone(), known(value))))
}

/// Whether a variable makes a receiver.
fn names_receivers(env: &Env) -> bool {
    let variables = CHANNELS.iter().filter_map(|kind| kind.env).map(|(variable, _)| variable);
    variables.filter_map(|variable| env.get(variable)).any(|value| !value.trim().is_empty())
}

/// Prints the findings; whether all holds.
fn tell(mut findings: Vec<Finding>, arguments: &Arguments, context: &Context) -> Done {
    findings.retain(|finding| !arguments.ignore.iter().any(|name| name == finding.check));
    let number = |level: Level| findings.iter().filter(|finding| finding.level == level).count();
    let (errors, warnings, unknown) = (number(Level::Error), number(Level::Warning), number(Level::Unknown));
    if context.json {
        print_json(&json!({ "findings": findings }));
    } else {
        let page = Page::of(&context.env);
        let mut group = "";
        for finding in &findings {
            let of = finding.check.split('.').next().unwrap_or_default();
            if of != group {
                page.write(of, Style::Bold);
                group = of;
            }
            write(finding, &page);
        }
        let unknown = if unknown == 0 { String::new() } else { format!(", {unknown} unknown") };
        print("");
        print(&format!("{} hold, {}, {}{unknown}", number(Level::Ok), count(errors, "error"), count(warnings, "warning")));
    }
    if errors + warnings == 0 { Done::AllHolds } else { Done::FallsShort }
}

fn write(finding: &Finding, page: &Page) {
    let Finding { check, level, about, says, lost, mend } = finding;
    let (mark, style) = match level {
        Level::Ok => ("✓", Style::Good),
        Level::Unknown => ("? unknown:", Style::Warning),
        Level::Warning => ("! warning:", Style::Warning),
        Level::Error => ("✗ error:", Style::Bad),
    };
    let which = if *level == Level::Ok { String::new() } else { format!(" ({check})") };
    page.item(&format!("  {mark} "), style, &format!("{about}: {says}{which}"));
    if let Some(lost) = lost {
        page.item("      lost: ", Style::Dim, lost);
    }
    if let Some(mend) = mend {
        // Whole, whatever its length: it is there to be copied.
        print(&format!("{}{mend}", page.paint("      mend: ", Style::Dim)));
    }
}
