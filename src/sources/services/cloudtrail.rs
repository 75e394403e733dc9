//! Calls of AWS APIs and sign-ins to the console, as CloudTrail tells them over EventBridge: who did what to what.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>

use serde_json::Value;

use super::standing::standing;
use super::{At, Fact, Told, add_the_rest, console, key, notification, read, said};
use crate::ingress::{Body, Envelope};
use crate::notification::{Field, Happening, Label, Link, LinkTo, Notification, Prose, Severity, State, Thing};

pub(in crate::sources) fn decode(envelope: &Envelope) -> Option<Notification> {
    let Body::Event(event) = &envelope.body else { return None };
    if !event.detail_type.ends_with(" via CloudTrail") {
        return None;
    }
    let detail = &event.detail;
    let call = read::string(detail, "eventName");
    let by = detail.get("userIdentity").and_then(caller);
    let object = object(detail);
    let (happening, subject) = match call.as_deref() {
        Some("ConsoleLogin") => {
            let succeeded = detail.pointer("/responseElements/ConsoleLogin").and_then(Value::as_str) == Some("Success");
            let state = if succeeded { State::SignedIn } else { State::CouldNotSignIn };
            (Happening::Became { thing: Thing::User, state }, by)
        }
        _ => {
            let failed = read::text(detail, "errorCode").is_some();
            (Happening::Called { by, on: object.as_deref().map(resource_in).map(str::to_owned), failed }, call)
        }
    };
    let (status, severity) = standing(&happening, None);
    // What the root user does, somebody wants to have seen.
    let is_root = detail.pointer("/userIdentity/type").and_then(Value::as_str) == Some("Root");
    let standing = (status, if is_root { severity.max(Severity::Notice) } else { severity });
    let is_clear = subject.is_some();
    let mut notification = notification(envelope, happening, standing);
    notification.subject = subject;
    notification.description.extend(read::text(detail, "errorMessage").map(Prose::plain));
    let told = Told { value: detail, event: Some(event) };
    notification.fields = FACTS.iter().filter_map(|(label, at, form)| told.field(label, *at, *form)).collect();
    notification.fields.extend(Field::code(Label::Event, told.event_name()));
    let region = notification.region.as_deref().unwrap_or_default();
    let id = told.text(At::Value("/eventID"));
    let page = id.and_then(|id| console::page(PAGE, region, &[id]));
    notification.links.extend(page.map(|url| Link { to: LinkTo::Console, url }));
    let mut said = said(&notification);
    if let Some(object) = object {
        let place = [&notification.account, &notification.region].map(|part| part.as_deref().unwrap_or_default());
        notification.thread_key = key(&[&notification.source, place[0], place[1], &object]);
        said.push(object);
    }
    // What was asked for is worth more than the rest of the record.
    let asked = detail.get("requestParameters").filter(|asked| is_clear && asked.is_object());
    let rest = if is_clear { asked.unwrap_or(&Value::Null) } else { detail };
    add_the_rest(&mut notification, rest, &said, &["Host"], is_clear);
    Some(notification)
}

const FACTS: &[Fact] = &[
    (Label::Error, At::Value("/errorCode"), Field::code),
    (Label::Service, At::Value("/eventSource"), Field::code),
    (Label::SourceAddress, At::Value("/sourceIPAddress"), Field::code),
    (Label::Mfa, At::Value("/additionalEventData/MFAUsed"), Field::text),
];

const PAGE: &str = "https://{region}.{console}/cloudtrailv2/home?region={region}#/events/{}";

/// Who called: a user's name, a role with its session, the root user, or the service that did it by itself.
fn caller(identity: &Value) -> Option<String> {
    if read::text(identity, "type") == Some("Root") {
        return Some("root".to_owned());
    }
    read::string(identity, "userName")
        .or_else(|| read::text(identity, "arn").map(|arn| name_in(arn).to_owned()))
        .or_else(|| read::string(identity, "invokedBy"))
        .or_else(|| read::string(identity, "principalId"))
}

/// The name in an ARN: `ROLE/SESSION` in `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`. All else is a name itself.
fn name_in(text: &str) -> &str {
    let resource = resource_in(text);
    resource.split_once('/').filter(|(_, name)| text != resource && !name.is_empty()).map_or(resource, |(_, name)| name)
}

/// The resource in an ARN: `certificate/ID`. All else is a name itself.
fn resource_in(text: &str) -> &str {
    text.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4)).filter(|name| !name.is_empty()).unwrap_or(text)
}

/// What was called upon: the first of the request's parameters that is a name or an id, else the first resource.
fn object(detail: &Value) -> Option<String> {
    const ENDINGS: &[&str] = &["name", "id", "arn", "identifier", "key"];
    let is_naming = |key: &str| ENDINGS.iter().any(|ending| key.to_lowercase().ends_with(ending));
    let parameters = detail.get("requestParameters").and_then(Value::as_object);
    let mut named = parameters.into_iter().flatten().filter(|(key, _)| is_naming(key));
    named.find_map(|(_, value)| value.as_str().map(str::trim).filter(|text| !text.is_empty())).map(str::to_owned).or_else(|| {
        let arn = detail.pointer("/resources/0/ARN").and_then(Value::as_str);
        arn.map(str::trim).filter(|arn| !arn.is_empty()).map(str::to_owned)
    })
}
