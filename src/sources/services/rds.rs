//! RDS and Aurora: events over EventBridge, and the JSON of an event subscription over SNS.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloud-watch-events.sample.html>,
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.html>

use serde_json::Value;

use super::{At, BLANK, Known, RESOURCE, Row, Told, read};
use crate::ingress::Envelope;
use crate::notification::{Field, Label, LinkTo, Notification, State, Thing, Topic};

pub(in crate::sources) fn decode(envelope: &Envelope) -> Option<Notification> {
    super::decode(envelope, ROWS)
}

const ROWS: &[Row] = &[
    Row {
        known: Known::Event("aws.rds", "RDS DB Instance Event"),
        thing: Thing::DbInstance,
        page: ("https://{region}.{console}/rds/home?region={region}#database:id={};is-cluster=false", &[At::Tail(RESOURCE)]),
        ..OVER_EVENTBRIDGE
    },
    Row { known: Known::Event("aws.rds", "RDS DB Cluster Snapshot Event"), thing: Thing::DbClusterSnapshot, ..OVER_EVENTBRIDGE },
    Row {
        known: Known::Event("aws.rds", "RDS DB Cluster Event"),
        thing: Thing::DbCluster,
        page: ("https://{region}.{console}/rds/home?region={region}#database:id={};is-cluster=true", &[At::Tail(RESOURCE)]),
        ..OVER_EVENTBRIDGE
    },
    Row { known: Known::Event("aws.rds", "RDS DB Snapshot Event"), thing: Thing::DbSnapshot, ..OVER_EVENTBRIDGE },
    Row { known: Known::Event("aws.rds", "RDS "), thing: Thing::DbResource, ..OVER_EVENTBRIDGE },
    Row { known: Known::Message(|message| is_about(message, "db-instance")), thing: Thing::DbInstance, ..OVER_SNS },
    Row { known: Known::Message(|message| is_about(message, "db-cluster")), thing: Thing::DbCluster, ..OVER_SNS },
    Row { known: Known::Message(|message| is_about(message, "db-snapshot")), thing: Thing::DbSnapshot, ..OVER_SNS },
    Row {
        known: Known::Message(|message| is_about(message, "db-cluster-snapshot")),
        thing: Thing::DbClusterSnapshot,
        ..OVER_SNS
    },
    Row {
        known: Known::Message(|message| {
            read::text(message, "Event ID").is_some_and(|id| id.contains("RDS-EVENT-")) && is_message(message)
        }),
        thing: Thing::DbResource,
        ..OVER_SNS
    },
];

const OVER_EVENTBRIDGE: Row = Row {
    name: &[At::Tail("/SourceIdentifier")],
    code: At::Value("/EventCategories/0"),
    refine: topic,
    facts: &[(Label::EventId, At::Value("/EventID"), Field::code)],
    prose: At::Value("/Message"),
    noise: &["SourceType"],
    thread: &[At::Tail("/SourceIdentifier")],
    ..BLANK
};

/// Its keys have blanks in them; `Event ID` is the address of a page, and ends in the id.
const OVER_SNS: Row = Row {
    name: &[At::Value("/Source ID")],
    code: At::Fragment("/Event ID"),
    refine: topic,
    prose: At::Value("/Event Message"),
    thread: &[At::Value("/Source ID")],
    id: &[At::Value("/Source ID"), At::Fragment("/Event ID"), At::Value("/Event Time")],
    time: At::Value("/Event Time"),
    arn: At::Value("/Source ARN"),
    link: (LinkTo::Console, At::Value("/Identifier Link")),
    noise: &["Event Source"],
    ..BLANK
};

fn is_about(message: &Value, source: &str) -> bool {
    is_message(message) && read::text(message, "Event Source") == Some(source)
}

fn is_message(message: &Value) -> bool {
    read::text(message, "Event Message").is_some() && read::text(message, "Source ID").is_some()
}

/// What an event is about: by its category, or by its id, where that says more or where there is no category.
fn topic(told: &Told, _: Option<State>) -> Option<State> {
    let id = [At::Value("/EventID"), At::Fragment("/Event ID")].into_iter().find_map(|at| told.text(at));
    let by_id = |events: &[(State, &[&str])]| {
        let ids = events.iter().find(|(_, ids)| id.as_deref().is_some_and(|id| ids.iter().any(|known| id.ends_with(known))));
        ids.map(|(state, _)| *state)
    };
    let category = told.text(At::Value("/EventCategories/0"));
    let by_category = Topic::ALL.iter().find(|topic| category.as_deref() == Some(topic.as_str()));
    by_id(GRAVE).or(by_category.map(|topic| State::About(*topic))).or_else(|| by_id(USUAL))
}

/// Events that shut users out until somebody acts, by their ids.
///
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html>
const GRAVE: &[(State, &[&str])] = &[(State::StorageFull, &["-0007"]), (State::OutOfService, &["-0031"])];

/// The usual events of a subscription, which sends no categories.
const USUAL: &[(State, &[&str])] = &[
    (State::About(Topic::LowStorage), &["-0089", "-0227"]),
    (State::About(Topic::Availability), &["-0004", "-0006", "-0022", "-0221"]),
    (State::About(Topic::Backup), &["-0001", "-0002", "-0040", "-0042", "-0086", "-0091"]),
    (State::About(Topic::Creation), &["-0005", "-0170"]),
    (State::About(Topic::Deletion), &["-0003", "-0041", "-0171"]),
    (State::About(Topic::Failover), &["-0013", "-0015", "-0034", "-0049", "-0050", "-0051", "-0065", "-0069", "-0071", "-0072"]),
    (State::About(Topic::Maintenance), &["-0026", "-0027", "-0047"]),
    (State::About(Topic::Recovery), &["-0020", "-0021", "-0023", "-0052", "-0053"]),
];
