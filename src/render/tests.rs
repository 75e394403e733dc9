#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says so by failing")]

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;
use crate::notification::{Data, Field, FieldValue, Kind, Label, Link, LinkTo, OwnWords, Prose, Severity, Status};
use crate::template::TextForm;

const PROFILE: Profile = Profile {
    channel: "slack",
    written: "",
    escaping: Escaping { text: TextForm::Mrkdwn, json: true },
    caps: Caps::DEFAULT,
    unit: Unit::Characters,
    limit: 12_000,
    payload: |written| serde_json::from_str::<serde_json::Value>(written).ok().map(|value| value.to_string().into()),
};

const CONSOLE: Profile = Profile {
    channel: "console",
    escaping: Escaping { text: TextForm::Plain, json: false },
    payload: |text| Some(text.trim_end().to_owned().into()),
    ..PROFILE
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
        own_words: OwnWords::default(),
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
    Reader::new(Locale::En, TimeZone::UTC)
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
    render(&notification(), profile, &Occasion::new(&reader(), &Accounts::default()), library).unwrap()
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
fn a_message_says_how_late_it_is_from_ten_minutes_on() {
    let at = |time: &str| Some(time.parse::<Timestamp>().unwrap());
    let footer = |happened: &str, now: Option<Timestamp>, locale, data: Data| {
        let notification = Notification {
            occurred_at: at(happened),
            account: None,
            region: None,
            fields: vec![],
            description: vec![],
            data,
            ..notification()
        };
        let (reader, accounts) = (Reader::new(locale, TimeZone::UTC), Accounts::default());
        View::new(&notification, &Occasion { now, ..Occasion::new(&reader, &accounts) }, Caps::NONE).footer
    };
    for (now, en, ja) in [
        (None, "2026-11-21 07:30 UTC", "2026-11-21 07:30 UTC"),
        (at("2026-11-21T07:20:00Z"), "2026-11-21 07:30 UTC", "2026-11-21 07:30 UTC"),
        (at("2026-11-21T07:40:59Z"), "2026-11-21 07:30 UTC", "2026-11-21 07:30 UTC"),
        (at("2026-11-21T07:41:00Z"), "2026-11-21 07:30 UTC, delivered 11 min later", "2026-11-21 07:30 UTC（11 分後に配信）"),
        (at("2026-11-21T10:31:00Z"), "2026-11-21 07:30 UTC, delivered 3 h later", "2026-11-21 07:30 UTC（3 時間後に配信）"),
        (at("2026-11-24T07:31:00Z"), "2026-11-21 07:30 UTC, delivered 3 days later", "2026-11-21 07:30 UTC（3 日後に配信）"),
    ] {
        assert_eq!(footer("2026-11-21T07:30:00Z", now, Locale::En, Data::None {}), en);
        assert_eq!(footer("2026-11-21T07:30:00Z", now, Locale::Ja, Data::None {}), ja);
    }
    let budget = Data::Budget(crate::notification::Budget::default());
    assert_eq!(footer("2026-11-21T00:00:00Z", at("2026-11-21T09:00:00Z"), Locale::En, budget), "2026-11-21 00:00 UTC");
}

#[test]
fn a_shortened_message_says_where_the_whole_is() {
    let view = |links: Vec<Link>, locale| {
        let notification = Notification { links, ..notification() };
        let (reader, accounts) = (Reader::new(locale, TimeZone::UTC), Accounts::default());
        View::new(&notification, &Occasion::new(&reader, &accounts), Caps::DEFAULT).footer
    };
    let link = || vec![Link { to: LinkTo::Details, url: "https://a.example/".into() }];
    for (links, locale, says) in [
        (link(), Locale::En, "shortened by 4 fields and 1,501 characters; the whole is behind the link"),
        (vec![], Locale::En, "shortened by 4 fields and 1,501 characters; the whole is with its sender, test"),
        (link(), Locale::Ja, "4 項目と 1,501 文字を省略しました（全体はリンク先にあります）"),
        (vec![], Locale::Ja, "4 項目と 1,501 文字を省略しました（全体は送信元（test）にあります）"),
    ] {
        let footer = view(links, locale);
        assert!(footer.ends_with(says), "{footer}");
    }
}

#[test]
fn the_whole_notification_is_there_for_a_template_that_looks_at_it_in_whatever_way() {
    for source in ["{\"t\":{{json notification}}}", "{\"t\":{{json this}}}"] {
        let message = rendered(&PROFILE, &library(&[("slack/default", source)]));
        assert!(message.degraded.is_none() && message.payload.contains("\"source\":\"test\""), "{message:?}");
    }
}

#[test]
fn a_senders_word_that_nobody_can_see_makes_room_for_ours() {
    let blank = Some("\u{200b}\n".to_owned());
    let own_words = OwnWords { title: blank.clone(), summary: blank.clone(), action: blank };
    let notification = Notification { own_words, ..notification() };
    let payload =
        render(&notification, &PROFILE, &Occasion::new(&reader(), &Accounts::default()), &Library::default()).unwrap().payload;
    assert!(payload.contains("*subject*") && !payload.contains("\"text\":\"\"") && !payload.contains("*Do:*"), "{payload}");
}

#[test]
fn a_message_that_cannot_fit_is_an_error_and_no_panic() {
    let profile = Profile { limit: 10, ..PROFILE };
    let error =
        render(&notification(), &profile, &Occasion::new(&reader(), &Accounts::default()), &Library::default()).unwrap_err();
    assert_eq!(error.to_string(), "slack/default: does not fit at its shortest");
}

#[test]
fn an_unfit_configuration_is_told_in_the_readers_words() {
    let told = Unfit {
        place: "ssm:/hikyaku/config".into(),
        version: 7,
        in_use: 6,
        problem: "5:10: error: routes[0].to[0]: there is no receiver `opps`".into(),
    };
    for (locale, expected) in [
        (
            Locale::En,
            "🟠 Configuration version 7 is not in use\n\
             There is something wrong with it, so that version 6 goes on: 5:10: error: routes[0].to[0]: there is no receiver 'opps'\n\
             Do: Mend it until hikyaku check ssm:/hikyaku/config finds nothing, and store it anew.\n\
             2026-11-21 07:30 UTC",
        ),
        (
            Locale::Ja,
            "🟠 設定のバージョン 7 は使われていません\n\
             設定に誤りがあるため、バージョン 6 のまま動作しています: 5:10: error: routes[0].to[0]: there is no receiver 'opps'\n\
             対応: hikyaku check ssm:/hikyaku/config でエラーがなくなるまで直してから、保存し直してください。\n\
             2026-11-21 07:30 UTC",
        ),
    ] {
        let reader = Reader::new(locale, TimeZone::UTC);
        let (accounts, library) = (Accounts::default(), Library::default());
        let told = unfit(&told, "2026-11-21T07:30:00Z".parse().unwrap(), &reader);
        assert_eq!(render(&told, &CONSOLE, &Occasion::new(&reader, &accounts), &library).unwrap().payload, expected);
    }
}

#[test]
fn a_refusal_is_told_in_the_readers_words_and_says_whom_it_was_meant_for() {
    let since = "2026-11-21T07:30:00Z".parse().unwrap();
    for (locale, zone, expected) in [
        (
            Locale::En,
            "UTC",
            "🔴 Notifications do not reach ops\n\
             Its slack channel has refused them with status 404 since 2026-11-21 07:30 UTC. Nothing more is sent to it for an hour.\n\
             Do: Mend its address or its permission, then send what is kept with hikyaku replay.\n\
             meant for audit · 2026-11-21 07:30 UTC",
        ),
        (
            Locale::Ja,
            "Asia/Tokyo",
            "🔴 ops に通知が届いていません\n\
             2026-11-21 16:30 JST (07:30 UTC) から slack チャネルに拒否されています（ステータス 404）。今後 1 時間は送信を止めます。\n\
             対応: 宛先の URL か権限を直してから、保管された通知を hikyaku replay で送り直してください。\n\
             本来の宛先: audit・2026-11-21 16:30 JST (07:30 UTC)",
        ),
    ] {
        let reader = Reader::new(locale, TimeZone::get(zone).unwrap());
        let (accounts, library) = (Accounts::default(), Library::default());
        let occasion = Occasion { meant_for: Some("audit"), ..Occasion::new(&reader, &accounts) };
        let told = refusal("ops", "slack", Some(404), since, &reader);
        assert_eq!(render(&told, &CONSOLE, &occasion, &library).unwrap().payload, expected);
        // The plain form of a channel that has another says the same.
        let plain = render_plainly(&told, &PROFILE, &occasion, &library, 2000).unwrap();
        let text: serde_json::Value = serde_json::from_str(&plain.payload).unwrap();
        assert_eq!(text["text"].as_str().unwrap().replace('`', ""), expected);
        assert_eq!((plain.template.as_str(), plain.degraded.is_some()), ("slack/plain", true));
    }
}
