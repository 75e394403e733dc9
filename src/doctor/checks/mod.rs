//! What is looked at, one file for each thing.

mod account;
mod configuration;
mod function;
mod queue;
mod rule;
mod topic;

use super::{Check, Look, Notes, Setup, Visit, Wiring};

macro_rules! check {
    ($name:literal, $look:ident($($path:tt)*), $about:literal) => {
        Check { name: $name, about: $about, look: Look::$look($($path)*) }
    };
}

/// All checks, in the order of the way of a notice.
pub const CHECKS: &[Check] = &[
    check!("template.rules", Wiring(rule::parameters), "the template takes its parameters"),
    check!("configuration.sound", Configuration(configuration::sound), "the configuration has nothing to mend"),
    check!("configuration.kept", Configuration(configuration::kept), "what a receiver refuses for good is kept"),
    check!("configuration.critical", Configuration(configuration::critical), "what is critical reaches somebody"),
    check!("configuration.metrics", Configuration(configuration::metrics), "no alarm waits for metrics that are off"),
    check!("configuration.topics", Configuration(configuration::topics), "the topics that lead here may send"),
    check!("configuration.role", Configuration(configuration::role), "the role may use what the configuration names"),
    check!("secret.readable", Account(account::secrets), "the secrets of every receiver can be read"),
    check!("receiver.address", Account(account::addresses), "every receiver's address is one of its channel"),
    check!("receiver.reachable", Account(account::reachable), "every receiver answers"),
    check!("ledger.table", Account(account::ledger), "the ledger's table is there"),
    check!("clock", Account(account::clock), "this machine's clock is that of AWS"),
    check!("topic.subscribed", Wiring(topic::subscribed), "the topic leads to the function"),
    check!("topic.publishers", Wiring(topic::publishers), "the topic's policy lets in every publisher"),
    check!("topic.key", Wiring(topic::key), "whoever may publish may use the topic's key"),
    check!("topic.accounts", Wiring(topic::accounts), "no service publishes for another account"),
    check!("topic.filter", Wiring(topic::filter), "no filter policy holds back what AWS publishes"),
    check!("topic.failures", Wiring(topic::failures), "what SNS cannot hand over is kept"),
    check!("rule.events", Wiring(rule::events), "rules bring AWS Health and ACM"),
    check!("rule.failures", Wiring(rule::failures), "what EventBridge cannot hand over is kept"),
    check!("function.runtime", Wiring(function::runtime), "the runtime is one that AWS keeps up"),
    check!("function.timeout", Wiring(function::timeout), "there is time for all tries"),
    check!("function.concurrency", Wiring(function::concurrency), "the function may run"),
    check!("function.callers", Wiring(function::callers), "whoever calls the function may"),
    check!("function.failures", Wiring(function::failures), "Lambda keeps what could not be delivered"),
    check!("function.log", Wiring(function::log), "the log lasts as long as what failed"),
    check!("queue.source", Wiring(queue::source), "the queue before the function brings all again"),
    check!("queue.retention", Wiring(queue::retention), "failures are kept for 14 days"),
    check!("queue.key", Wiring(queue::key), "whoever writes to a queue may use its key"),
    check!("queue.waiting", Wiring(queue::waiting), "nothing lies in a failure queue"),
    check!("alarms", Wiring(rule::alarms), "somebody hears when hikyaku is in trouble"),
];
