#![allow(clippy::unwrap_used, reason = "a test says so by failing")]

use jiff::tz::TimeZone;

use super::*;
use crate::notification::{Data, Field, FieldValue, Kind, Label, Link, LinkTo, Prose, Severity, Status};
use crate::template::TextForm;

const PROFILE: Profile = Profile {
    channel: "slack",
    escaping: Escaping { text: TextForm::Mrkdwn, json: true },
    caps: Caps::DEFAULT,
    unit: Unit::Characters,
    limit: 12_000,
    payload: |written| serde_json::from_str::<serde_json::Value>(written).ok().map(|value| value.to_string()),
    parts_fit: |_| true,
};

fn notification() -> Notification {
    Notification {
        kind: Kind::CertificateExpiring,
        status: Status::Firing,
        severity: Severity::Warning,
        source: "test".into(),
        account: Some("111122223333".into()),
        region: Some("ap-northeast-1".into()),
        occurred_at: None,
        subject: Some("subject".into()),
        description: vec![Prose::plain("d".repeat(3000))],
        fields: (0..9).map(|n| Field::new(Label::Sender(format!("label {n}")), FieldValue::Text("value".into()))).collect(),
        more_fields: 0,
        resources: (0..9).map(|n| format!("resource-{n}")).collect(),
        links: vec![Link { to: LinkTo::Details, url: "https://a.example/".into() }],
        data: Data::None {},
        dedup_key: "dedup".into(),
        thread_key: "thread".into(),
    }
}

fn reader() -> Reader {
    Reader { locale: Locale::En, times: Times { zone: TimeZone::UTC } }
}

/// A library with the user's own templates.
fn library(templates: &[(&str, &str)]) -> Library {
    let names: Vec<_> = templates.iter().map(|(name, source)| format!("{name}{source}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let folder =
        std::env::temp_dir().join(format!("hikyaku-templates-{}-{}", std::process::id(), crate::text::sha256_hex(&names)));
    for (name, source) in templates {
        let path = folder.join(format!("{name}.hbs"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, source).unwrap();
    }
    let (library, errors) = Library::open(&folder);
    assert_eq!(errors, []);
    std::fs::remove_dir_all(folder).unwrap();
    library
}

fn rendered(profile: &Profile, library: &Library) -> Message {
    render(&notification(), profile, &reader(), &Accounts::default(), None, library).unwrap()
}

#[test]
fn the_most_particular_template_of_the_users_serves() {
    let (default, family, kind) =
        (("slack/default", "{\"t\":1}"), ("slack/certificate", "{\"t\":2}"), ("slack/certificate.expiring", "{\"t\":3}"));
    for (templates, name, payload) in [
        (vec![default], "slack/default", "{\"t\":1}"),
        (vec![default, family], "slack/certificate", "{\"t\":2}"),
        (vec![default, family, kind], "slack/certificate.expiring", "{\"t\":3}"),
    ] {
        let message = rendered(&PROFILE, &library(&templates));
        assert_eq!((message.template.as_str(), message.payload.as_str(), message.degraded), (name, payload, None));
    }
}

#[test]
fn where_the_users_template_fails_the_built_in_one_serves_and_says_so() {
    for (source, problem) in [
        ("no JSON", "slack/default: its output is not what the channel takes"),
        ("{\"a\": \"{{nothing}}\"}", "slack/default: line 1: no such value: nothing"),
        ("{{#if title}}", "slack/default: line 1: "),
        ("{{{title}}}", "slack/default: line 1: writes a value unescaped"),
    ] {
        let message = rendered(&PROFILE, &library(&[("slack/default", source)]));
        assert!(message.degraded.as_deref().is_some_and(|degraded| degraded.starts_with(problem)), "{:?}", message.degraded);
        assert!(
            message.payload.contains("Look at this certificate") || message.payload.contains("blocks"),
            "{}",
            message.payload
        );
    }
}

#[test]
fn a_message_shrinks_in_a_fixed_order_and_says_so() {
    // Resources, length of the description, facts: what is left of each at each limit.
    let shown = |limit: usize| {
        let message = rendered(&Profile { limit, ..PROFILE }, &Library::default());
        assert!(message.payload.chars().count() <= limit && message.payload.contains("shortened"), "{limit}");
        let count = |what: &str| message.payload.matches(what).count();
        (count("`resource-"), count("d").saturating_sub(count("d\"")), count("label"))
    };
    let whole = shown(12_000);
    let (mut least, mut seen) = (whole, Vec::new());
    for limit in (700..2_500).rev().step_by(20) {
        let left = shown(limit);
        assert!(left.0 <= least.0 && left.1 <= least.1 + 9 && left.2 <= least.2, "{limit}: {left:?} after {least:?}");
        assert!(left.1 + 100 > whole.1 || left.0 == 0, "{limit}: the description went before the resources: {left:?}");
        assert!(left.2 == whole.2 || left.1 < 100, "{limit}: facts went before the description: {left:?}");
        seen.push(left.0);
        least = left;
    }
    assert!(seen.contains(&3) && seen.contains(&0) && least.1 < whole.1, "{seen:?}");
}

#[test]
fn a_message_that_cannot_fit_is_an_error_and_no_panic() {
    let profile = Profile { limit: 10, ..PROFILE };
    let error = render(&notification(), &profile, &reader(), &Accounts::default(), None, &Library::default()).unwrap_err();
    assert_eq!(error.to_string(), "slack/default: does not fit at its shortest");
}
