//! `hikyaku doctor`: what would be lost, and the line that mends it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::page::{Page, Style};
use super::send::words;
use super::{Context, Done, Stop, count, print, print_json, say};
use crate::app::{App, schedule};
use crate::aws::Aws;
use crate::channels::{CHANNELS, Console, Outside};
use crate::config::Origin;
use crate::deliver::Receiver;
use crate::doctor::stack::{self, SOMEWHERE, Stack};
use crate::doctor::{CHECKS, Finding, Level, Request, Setup, Surveyed, Visit, Wiring, draw, examine, keep, survey};
use crate::ingress;
use crate::render::Locale;
use crate::secret::Env;
use crate::secrets::Secrets;
use crate::text::nearest;

#[derive(Args)]
pub(super) struct Arguments {
    /// The CloudFormation template that deploys the function, in YAML or JSON
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// A parameter of the template; may be given several times
    #[arg(long, value_name = "NAME=VALUE", requires = "template", value_parser = parameter)]
    parameter: Vec<(String, String)>,
    /// The function: its logical name in the template, or its name or ARN in the account
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// Look at the account too, with your own credentials: whether the secrets can be read and the receivers answer, and with
    /// --function what is around it
    #[arg(long, conflicts_with = "template")]
    online: bool,
    /// The topic, else those that lead to the function or its queue
    #[arg(long, value_name = "ARN", requires = "function", conflicts_with = "template")]
    topic: Option<String>,
    /// The failure queue, else that of the configuration or of the function's environment
    #[arg(long, value_name = "URL", requires = "function", conflicts_with = "template")]
    queue: Option<String>,
    /// Send a test message to this receiver
    #[arg(long, value_name = "RECEIVER", requires = "online")]
    send: Option<String>,
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

pub(super) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Stop> {
    let (aws, now) = (Arc::new(Aws::default()), Timestamp::now());
    let (mut wiring, date) = match &arguments.template {
        Some(template) => (Some(drawn(template, arguments)?), None),
        None if arguments.online => surveyed(arguments, &aws).await?,
        None => (None, None),
    };
    let env = env(context, wiring.as_ref());
    let origin = origin(context, &env, arguments).fetch(&aws).await;
    let is_configured = origin != Origin::Environment || names_receivers(&env);
    if !is_configured {
        if wiring.is_none() && date.is_none() {
            return Err(Stop::could_not_run("there is nothing to look at: no configuration, no --template and not --online"));
        }
        say("no configuration was found here; --config names one");
    }
    let loaded = origin.check(&env);
    let app = origin.load(&env).ok().map(|(mut config, _)| {
        config.trust.topics = None;
        App::without_journal(config, env.clone(), Console::Error, Arc::clone(&aws))
    });
    let config = loaded.as_ref().ok().map(|(config, _)| config).filter(|_| is_configured);
    let failures =
        config.and_then(|config| config.failure_queue.as_deref()).filter(|_| arguments.online && arguments.queue.is_none());
    if let (Some(wiring), Some(url)) = (&mut wiring, failures) {
        keep(wiring, url, &aws).await;
    }
    let outside = Outside { aws: Arc::clone(&aws), console: Console::Error, ..Outside::default() };
    let secrets = Secrets::new(env.clone(), Arc::clone(&aws));
    let visit = arguments.online.then_some(Visit { config, secrets, aws, outside, now, date });
    let setup = Setup { loaded: &loaded, origin: origin.to_string(), app, wiring: wiring.as_ref() };
    let mut findings = examine(is_configured.then_some(&setup), wiring.as_ref(), visit.as_ref()).await;
    if let Some(name) = &arguments.send {
        let app = setup.app.as_ref().ok_or_else(|| Stop::could_not_run("--send needs a configuration that holds"))?;
        let receiver = app.receiver(name).ok_or_else(|| Stop::could_not_run(format!("there is no receiver `{name}`")))?;
        findings.push(try_out(app, receiver, now).await);
    }
    Ok(tell(findings, arguments, context))
}

/// The wiring around a function, and AWS's clock. What the caller may not see at all cannot be looked at.
async fn surveyed(arguments: &Arguments, aws: &Aws) -> Result<(Option<Wiring>, Option<String>), Stop> {
    let Some(function) = arguments.function.as_deref() else { return Ok((None, None)) };
    let request = Request { function, topic: arguments.topic.as_deref(), queue: arguments.queue.as_deref() };
    let Surveyed { wiring, date } = survey(&request, aws).await;
    match wiring {
        Ok(wiring) => Ok((Some(wiring), date)),
        // What is wrong may be the clock that signatures are made by.
        Err(unseen) if unseen.problem.contains("Signature") || unseen.problem.contains("Expired") => {
            say(&format!("{}: {}", unseen.of, unseen.problem));
            Ok((None, date))
        }
        Err(unseen) => {
            let hint = if unseen.is_denied() { format!("; allow yourself {}", unseen.permission) } else { String::new() };
            Err(Stop::could_not_run(format!("{}: {}{hint}", unseen.of, unseen.problem)))
        }
    }
}

/// The configuration that is found here, else the parameter that the function itself reads.
fn origin(context: &Context, env: &Env, arguments: &Arguments) -> Origin {
    match (&context.origin, Origin::named(None, env)) {
        (Origin::Environment, Some(stored @ Origin::Parameter(_))) if arguments.online => stored,
        (own, _) => own.clone(),
    }
}

/// Sends a message that says what it is for, and tells how that went.
async fn try_out(app: &App, receiver: &Arc<Receiver>, now: Timestamp) -> Finding {
    /// What a function with the usual time limit would have.
    const TIME: SignedDuration = SignedDuration::from_secs(60);
    let name = &receiver.name;
    let (title, summary) = match receiver.reader.locale {
        Locale::En => ("hikyaku reaches you", format!("A test for {name}. Nothing has happened, and there is nothing to do.")),
        Locale::Ja => ("hikyaku の通知が届きました", format!("{name} への送信テストです。何も起きておらず、対応は不要です。")),
    };
    let event = json!({ "hikyaku": "1.0", "kind": "text", "source": "hikyaku.doctor", "title": title, "summary": summary });
    let envelopes = ingress::unwrap(&event.to_string()).map(|payload| payload.envelopes).unwrap_or_default();
    let until = schedule(now, now.saturating_add(TIME).unwrap_or(Timestamp::MAX));
    let report = app.deliver(&envelopes, std::slice::from_ref(receiver), until).await;
    let how: Vec<String> = report.outcomes.iter().map(|outcome| words(outcome, false)).collect();
    let detail: Vec<&str> = report.outcomes.iter().filter_map(|outcome| outcome.detail.as_deref()).collect();
    let sent = report.complete() && !report.outcomes.is_empty();
    Finding {
        check: SENT,
        level: if sent { Level::Ok } else { Level::Error },
        about: name.clone(),
        says: format!(
            "a test message: {}{}",
            how.join(", "),
            detail.iter().map(|detail| format!("; {detail}")).collect::<String>()
        ),
        lost: (!sent).then(|| format!("every message to {name}, from here")),
        mend: (!sent).then(|| "the secret of its address, or its receiver; see `hikyaku send`".to_owned()),
    }
}

/// What `--send` finds, beside the checks.
const SENT: &str = "receiver.sent";

/// The wiring of the template at `path`.
fn drawn(path: &Path, arguments: &Arguments) -> Result<Wiring, Stop> {
    let name = path.display();
    let stop = |problem: String| Stop::could_not_run(format!("{name}: {problem}"));
    let text = std::fs::read_to_string(path).map_err(|error| stop(error.to_string()))?;
    let template = stack::parse(&text).map_err(stop)?;
    let parameters: Vec<(&str, &str)> = arguments.parameter.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let declared = template.get("Parameters").and_then(Value::as_object).into_iter().flat_map(Map::keys).map(String::as_str);
    if let Some((unknown, _)) = parameters.iter().find(|(name, _)| !declared.clone().any(|declared| declared == *name)) {
        return Err(stop(format!("there is no parameter {unknown}{}", nearest(unknown, declared))));
    }
    let stack = Stack::new(&template, &parameters, SOMEWHERE);
    stack.problems.iter().for_each(|problem| say(&format!("{name}: {problem}")));
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
