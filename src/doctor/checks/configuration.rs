//! The configuration, beyond what `check` says of it: what it would lose of what arrives.

use std::collections::BTreeSet;

use super::{Notes, Setup, Wiring};
use crate::config::{Broken, Config, Level, Problem};
use crate::doctor::Level::Unknown;
use crate::doctor::at;
use crate::doctor::policy::{Request, allows, overlap};
use crate::doctor::stack::{self, SOMEWHERE};
use crate::doctor::wiring::{Hand, kin, short};
use crate::ingress;
use crate::outcome::metrics::NAMESPACE;
use crate::samples::SAMPLES;
use crate::secret::SecretRef;

/// Whether it can be read without anything wrong in it.
pub(super) fn sound(setup: &Setup<'_>, notes: &mut Notes) {
    let origin = &setup.origin;
    let check = format!("hikyaku check {origin}");
    let mend = |problem: &Problem| problem.help.as_deref().map_or_else(|| check.clone(), str::to_owned);
    let problems = match setup.loaded {
        Err(Broken::Unreadable(problem)) => {
            return notes.error(origin, problem, "everything: the function does not start", &check);
        }
        Err(Broken::Problems(problems)) => problems,
        Ok((_, problems)) => problems,
    };
    for problem in problems {
        let at = problem.at.map(|(line, _)| format!("line {line}: ")).unwrap_or_default();
        let says = format!("{at}{}: {}", problem.setting, problem.text);
        match problem.level {
            Level::Error => notes.error(origin, says, "everything: the function does not start", mend(problem)),
            Level::Warning => notes.warning(origin, says, "nothing yet", mend(problem)),
        }
    }
    if let (true, Ok((config, _))) = (problems.is_empty(), setup.loaded) {
        notes.ok(origin, format!("nothing to mend; receivers: {}, routes: {}", config.receivers.len(), config.routes.len()));
    }
}

/// Whether what a receiver refuses for good is kept somewhere.
pub(super) fn kept(setup: &Setup<'_>, notes: &mut Notes) {
    let Ok((config, _)) = setup.loaded else { return };
    if config.failure_queue.is_some() {
        return notes.ok("failure_queue", "keeps what a receiver refuses");
    }
    let alone: Vec<&str> = config
        .receivers
        .iter()
        .filter(|receiver| receiver.terms.fallback.is_none())
        .map(|receiver| receiver.name.as_str())
        .collect();
    if alone.is_empty() {
        return notes.ok("failure_queue", "is not set, and each receiver has a fallback");
    }
    let lost = format!("what {} refuses for good, but for Lambda's on-failure destination", alone.join(", "));
    let mend =
        "failure_queue: https://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE, else FAILURE_QUEUE_URL in the function's environment";
    notes.warning("failure_queue", "is not set, and not every receiver has a fallback", lost, mend);
}

/// Whether what is critical reaches somebody: the samples that are go through the routes, as of an account that no route names.
pub(super) fn critical(setup: &Setup<'_>, notes: &mut Notes) {
    let Some(app) = &setup.app else { return };
    let mut reached = 0;
    for sample in SAMPLES {
        let event = sample.event().to_string().replace(ACCOUNT_OF_SAMPLES, "000000000000");
        let Ok(payload) = ingress::unwrap(&event) else { continue };
        for told in app.explain(&payload.envelopes, None).iter().filter(|told| at(&told.notification, "/severity") == "critical")
        {
            if told.deliveries.iter().any(|delivery| delivery.channel != "console") {
                reached += 1;
                continue;
            }
            let name = sample.name();
            let route = told.routes.last().map_or_else(String::new, |route| format!("route {}", route.index));
            let says = match told.dropped.is_some() {
                true => format!("{route} drops {name}"),
                false => format!("{route} gives {name} to the console alone"),
            };
            let mend = format!("- {{ match: {{ kind: [{}], severity: [critical] }}, to: […] }} before {route}", sample.kind);
            notes.warning("routes", says, sample.about, mend);
        }
    }
    if notes.count() == 0 {
        notes.ok("routes", format!("{reached} samples of critical events reach somebody"));
    }
}

/// Whether the metrics are written without which an alarm would ring for ever.
pub(super) fn metrics(setup: &Setup<'_>, notes: &mut Notes) {
    let (Ok((config, _)), Some(alarms)) = (setup.loaded, setup.wiring.and_then(|wiring| wiring.alarms.as_ref())) else { return };
    let waiting = alarms.iter().filter(|alarm| alarm.minds_silence).flat_map(|alarm| &alarm.metrics);
    match waiting.into_iter().find(|metric| metric.namespace == NAMESPACE) {
        Some(metric) if !config.metrics => notes.warning(
            "metrics",
            format!("are off, and an alarm on {} rings where there are none", metric.name),
            "what the alarm is for: it rings for ever",
            "metrics: true in the configuration, else SilenceDays=0 for hikyaku's template",
        ),
        _ => notes.ok("metrics", "no alarm waits for what is not written"),
    }
}

const ACCOUNT_OF_SAMPLES: &str = "111122223333";

/// Whether the topics that lead here are among those that may.
pub(super) fn topics(setup: &Setup<'_>, notes: &mut Notes) {
    let (Ok((config, _)), Some(wiring)) = (setup.loaded, setup.wiring) else { return };
    let Some(allowed) = &config.trust.topics else {
        return notes.ok("topics", "any that AWS lets in may send");
    };
    for topic in &wiring.topics {
        let name = short(&topic.arn);
        let is_made = wiring.made.get(name).filter(|_| topic.arn == stack::arn(name, SOMEWHERE));
        let may_be = allowed.iter().any(|one| match is_made {
            Some(made) => overlap(made, &kin(one.as_str())),
            None => overlap(&topic.arn, one.as_str()),
        });
        let add = match topic.arn.contains("${") {
            true => format!("the ARN of {name}, among `topics`"),
            false => format!("topics: [\"{}\"]", topic.arn),
        };
        if !may_be {
            let lost = "everything that comes by it: each message is skipped as untrusted";
            notes.error(name, "is none of `topics`", lost, add);
        } else if is_made.is_none() && topic.arn.contains("${") {
            let says = "the template does not say which it is, so it may be none of `topics`".to_owned();
            notes.note(Unknown, name, says, None, Some(add));
        } else {
            notes.ok(name, "is one of `topics`");
        }
    }
}

/// Whether the function's role may use what the configuration names. That of an account is not looked at.
pub(super) fn role(setup: &Setup<'_>, notes: &mut Notes) {
    let (Ok((config, _)), Some(wiring)) = (setup.loaded, setup.wiring) else { return };
    if wiring.hand == Hand::Account {
        return;
    }
    let (name, needs) = (&wiring.function.name, needs(config, wiring));
    if needs.is_empty() {
        return notes.ok(name, "its role needs nothing for the configuration");
    }
    let Some(policies) = &wiring.function.role else {
        let all: BTreeSet<&str> = needs.iter().map(|need| need.action).collect();
        let says = format!("its role is not seen; it needs {}", all.into_iter().collect::<Vec<_>>().join(", "));
        return notes.note(Unknown, name, says, None, None);
    };
    for Need { about, action, resources, lost, mend } in needs {
        // One that the template makes stands in its policies by its name there.
        let may_be = |(name, made): &(&String, &String)| {
            resources.iter().any(|one| short(one) == *name || overlap(made, &kin(&readable(one))))
        };
        let made: Vec<String> = wiring.made.iter().filter(may_be).map(|(name, _)| format!("*{name}")).collect();
        let may = |resource: &String| {
            let request = Request { principal: None, action, resource, context: &[] };
            policies.iter().any(|policy| allows(policy, &request))
        };
        if !resources.iter().chain(&made).any(may) {
            let resource = readable(resources.first().map_or("", String::as_str));
            let mend = format!("{mend}, or in its role: {{ Effect: Allow, Action: {action}, Resource: \"{resource}\" }}");
            notes.error(&about, format!("the role of {name} may not do {action} on {resource}"), lost, mend);
        }
    }
    if notes.count() == 0 {
        notes.ok(name, "its role may use what the configuration names");
    }
}

/// What a configuration takes of the role.
struct Need {
    about: String,
    action: &'static str,
    /// The ARN, or those that it may be.
    resources: Vec<String>,
    lost: String,
    /// With hikyaku's own template.
    mend: String,
}

fn needs(config: &Config, wiring: &Wiring) -> Vec<Need> {
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:{}:{}:{rest}", wiring.region, wiring.account);
    let mut needs = Vec::new();
    for receiver in &config.receivers {
        let mut need = |action, resources: Vec<String>, parameter: &str| {
            let mend = format!("{parameter}={}", readable(resources.first().map_or("", String::as_str)));
            let lost = format!("every message to {}", receiver.name);
            needs.push(Need { about: receiver.name.clone(), action, resources, lost, mend });
        };
        for reference in receiver.channel.references() {
            match reference {
                SecretRef::Ssm(name) if name.starts_with("arn:") => need("ssm:GetParameter", vec![name.clone()], "SecretArns"),
                SecretRef::Ssm(name) => {
                    // Without its version or label.
                    let name = name.split(':').next().unwrap_or(name).trim_start_matches('/');
                    need("ssm:GetParameter", vec![arn("ssm", &format!("parameter/{name}"))], "SecretArns");
                }
                SecretRef::SecretsManager { id, .. } => {
                    // Its ARN ends in six characters of AWS's own, and may be named without them.
                    let whole = if id.starts_with("arn:") { id.clone() } else { arn("secretsmanager", &format!("secret:{id}")) };
                    let ends = format!("{whole}-??????");
                    let resources = if id.starts_with("arn:") { vec![whole, ends] } else { vec![ends] };
                    need("secretsmanager:GetSecretValue", resources, "SecretArns");
                }
                _ => {}
            }
        }
        if let Some((action, resource)) = receiver.channel.permission() {
            need(action, vec![resource.to_owned()], "EmailTopicArns");
        }
    }
    let mut need = |about: &str, action, resource, lost: &str, mend: &str| {
        let (about, lost, mend) = (about.to_owned(), lost.to_owned(), mend.to_owned());
        needs.push(Need { about, action, resources: vec![resource], lost, mend });
    };
    if let Some(ledger) = &config.memory.ledger {
        let lost = match ledger.holds_back() {
            true => "everything: nothing goes out while the table cannot be asked",
            false => "nothing, but what was told is told again",
        };
        for action in ["dynamodb:PutItem", "dynamodb:DeleteItem"] {
            let table = arn("dynamodb", &format!("table/{}", ledger.table()));
            need("ledger", action, table, lost, "Ledger=true, with no `ledger` in the configuration");
        }
    }
    if let Some(url) = &config.failure_queue {
        let queue = arn("sqs", short(url));
        let lost = "what a receiver refuses for good, but for Lambda's on-failure destination";
        need(
            "failure_queue",
            "sqs:SendMessage",
            queue,
            lost,
            "no `failure_queue` in the configuration: the template names its own",
        );
    }
    needs
}

/// An ARN for whoever has to fill it in.
fn readable(arn: &str) -> String {
    arn.replace(SOMEWHERE.region, "REGION").replace(SOMEWHERE.account, "ACCOUNT")
}
