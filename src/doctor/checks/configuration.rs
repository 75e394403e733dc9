//! The configuration, beyond what `check` says of it: what it would lose of what arrives.

use super::{Notes, Setup};
use crate::config::{Broken, Level, Problem};
use crate::doctor::at;
use crate::doctor::wiring::short;
use crate::ingress;
use crate::samples::SAMPLES;

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

const ACCOUNT_OF_SAMPLES: &str = "111122223333";

/// Whether the topics that lead here are among those that may.
pub(super) fn topics(setup: &Setup<'_>, notes: &mut Notes) {
    let (Ok((config, _)), Some(wiring)) = (setup.loaded, setup.wiring) else { return };
    let Some(allowed) = &config.trust.topics else {
        return notes.ok("topics", "any that AWS lets in may send");
    };
    for topic in &wiring.topics {
        let name = short(&topic.arn);
        // What a template leaves open may be any of them.
        let is_open = topic.arn.contains("${");
        match is_open || allowed.iter().any(|one| one.as_str() == topic.arn) {
            true => notes.ok(name, "is one of `topics`"),
            false => {
                let lost = "everything that comes by it: each message is skipped as untrusted";
                notes.error(name, "is none of `topics`", lost, format!("topics: [\"{}\"]", topic.arn));
            }
        }
    }
}
