//! Part A: envelopes and JSON.

use std::process::Command;
use std::time::{Duration, Instant};

use hikyaku::ingress::unwrap;
use hikyaku::notification::{Data, Kind, Markup, Severity};
use hikyaku::render::Locale;
use serde_json::{Map, Value, json};

use crate::support::*;

#[test]
fn b01_empty_object() {
    let told = only(&json!({}));
    assert!(is_raw(&told));
    assert!(sent("slack", &told).text().contains("Message without a title"));
    assert_eq!(explained("{}")[0]["notification"]["kind"], "text");
}

#[test]
fn b02_null_array_string_number_boolean() {
    for (payload, shown) in [("null", "null"), ("[]", ""), ("\"x\"", "x"), ("5", "5"), ("true", "true")] {
        let told = only_of(payload);
        assert!(is_raw(&told), "{payload}");
        all_show(&told, shown);
        assert_eq!(explained(payload)[0]["notification"]["kind"], "text");
    }
}

#[test]
fn b03_no_records() {
    assert_eq!(told(r#"{"Records":[]}"#), []);
    let ran = hikyaku(&["send", "-"], br#"{"Records":[]}"#);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{}", ran.err);
}

#[test]
fn b04_records_that_are_no_list() {
    for records in [json!({}), json!("x"), json!(null)] {
        assert!(is_raw(&only(&json!({ "Records": records }))));
    }
}

#[test]
fn b05_a_good_record_beside_one_without_sns() {
    let event = json!({ "Records": [sns_record("good"), { "EventSource": "aws:sns", "found": "odd" }] });
    let told = told(&event.to_string());
    assert_eq!(told.len(), 2);
    all_show(&told[0], "good");
    assert!(is_raw(&told[1]));
    all_show(&told[1], "odd");
}

#[test]
fn b06_mixed_records() {
    let alarm = json!({ "AlarmName": "cpu", "NewStateValue": "ALARM" }).to_string();
    let bucket = json!({ "eventSource": "aws:s3", "s3": { "bucket": { "name": "shop-uploads" } } });
    let told = told(&json!({ "Records": [sns_record(&alarm), sqs_record("a text"), bucket] }).to_string());
    assert_eq!(told.iter().map(|told| told.kind).collect::<Vec<_>>(), [Kind::Alarm, Kind::Text, Kind::Text]);
    all_show(&told[2], "shop-uploads");
}

#[test]
fn b07_a_message_that_is_empty_or_blank() {
    for message in ["", "  \n\t"] {
        let told = only(&sns_with_subject("Disk is full", message));
        assert!(is_raw(&told));
        all_show(&told, "Disk is full");
        assert!(is_raw(&only(&sns(message))));
    }
}

#[test]
fn b08_plain_text_is_a_budgets_or_raw() {
    assert_eq!(only(&sns(&budget("prod", "$100.00", "$120.00"))).kind, Kind::BudgetActual);
    let told = only(&sns("Backup of db-1 is done.\nIt took 3 minutes."));
    assert!(is_raw(&told));
    all_show(&told, "It took 3 minutes.");
}

#[test]
fn b09_json_quoted_in_json() {
    let alarm = json!({ "AlarmName": "cpu", "NewStateValue": "ALARM" }).to_string();
    let quoted = |times: usize| (0..times).fold(alarm.clone(), |text, _| Value::String(text).to_string());
    assert_eq!(only(&sns(&quoted(2))).kind, Kind::Alarm);
    let told = only(&sns(&quoted(5)));
    assert!(is_raw(&told));
    all_show(&told, "AlarmName");
}

#[test]
fn b10_topic_to_topic() {
    let alarm = json!({ "AlarmName": "cpu", "NewStateValue": "ALARM" }).to_string();
    let nested = |times: usize| (1..times).fold(alarm.clone(), |text, _| sns_record(&text)["Sns"].to_string());
    for levels in 1..=3 {
        assert_eq!(only(&sns(&nested(levels))).kind, Kind::Alarm, "{levels}");
    }
    assert!(is_raw(&only(&sns(&nested(10)))));
}

#[test]
fn b11_sqs_around_sns_around_an_event() {
    let bare = health(json!({}));
    let told = only(&json!({ "Records": [sqs_record(&sns_record(&bare.to_string())["Sns"].to_string())] }));
    assert_eq!((told.kind, &told.dedup_key), (Kind::HealthIssue, &only(&bare).dedup_key));
    let bare = event("shop.orders", "Late", json!({}));
    let told = only(&json!({ "Records": [sqs_record(&sns_record(&bare.to_string())["Sns"].to_string())] }));
    assert!(told.dedup_key.contains("e-1"), "the innermost event's id: {}", told.dedup_key);
}

#[test]
fn b12_a_message_of_262144_bytes() {
    let told = only(&sns(&"a".repeat(262_144)));
    for sent in messages(&told).iter().filter(|sent| sent.channel != "webhook") {
        let said = if sent.locale == Locale::En { "shortened by 2" } else { "文字を省略しました" };
        assert!(sent.text().contains(said), "{}: {}", sent.channel, start(&sent.payload));
    }
    assert_eq!(sent("webhook", &told).json()["data"]["shortened"], true);
}

#[test]
fn b13_a_megabyte_and_bounded_memory() {
    let payload =
        event("shop.orders", "Late", json!({ "message": "x".repeat(1024 * 1024), "field": "y".repeat(1024) })).to_string();
    assert!(is_raw(&only_of(&payload)));
    // 256 MiB of addresses: its own program and libraries too. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ulimit.html
    let limited = "ulimit -v 262144 && exec \"$0\" render --channel slack -";
    let ran = run(Command::new("/bin/sh").args(["-c", limited, env!("CARGO_BIN_EXE_hikyaku")]), payload.as_bytes());
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.contains("shortened by"));
}

#[test]
fn b14_deep_json() {
    let nested = |depth: usize, inside: &str| format!("{}{inside}{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let told = only_of(&nested(126, r#"{"detail":"deep inside"}"#));
    assert!(is_raw(&told), "127 levels are parsed");
    all_show(&told, "deep inside");
    for depth in [128, 1000, 100_000] {
        let deep = nested(depth, "1");
        let told = only_of(&deep);
        assert!(is_raw(&told), "{depth}");
        all_show(&told, r#"{"a":{"a":"#);
        assert!(is_raw(&only(&sns(&deep))));
        let inside = format!(r#"{{"source":"aws.health","detail-type":"AWS Health Event","detail":{deep}}}"#);
        assert!(is_raw(&only_of(&inside)), "EventBridge allows 1,000 levels");
    }
    let lists = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(hikyaku(&["explain", "-"], lists.as_bytes()).status, 0);
}

#[test]
fn b15_many_values() {
    let small: Vec<Value> = (0..100_000).map(|n| json!({ "n": n })).collect();
    let wide: Map<String, Value> = (0..50_000).map(|n| (format!("key {n}"), json!(n))).collect();
    for (payload, left_out) in [(Value::Array(small), 100_000 - 6), (Value::Object(wide), 50_000 - 6)] {
        let payload = payload.to_string();
        let started = Instant::now();
        let unwrapped = unwrap(&payload).unwrap();
        let told = hikyaku::sources::decode(&unwrapped.envelopes[0]);
        // A second, and more where nothing is optimised.
        assert!(started.elapsed() < Duration::from_secs(if cfg!(debug_assertions) { 8 } else { 1 }), "{:?}", started.elapsed());
        assert!(is_raw(&told));
        assert_eq!(told.fields.len() + told.more_fields, left_out + 6);
        let shown = sent("slack", &told).text();
        assert!(shown.contains(if left_out == 99_994 { "shortened by 99,994 fields" } else { "shortened by 49,994 fields" }));
        messages(&told);
    }
}

#[test]
fn b16_routing_keys_twice() {
    for payload in [
        r#"{"source":"aws.health","detail-type":"AWS Health Event","detail":{},"source":"evil"}"#,
        r#"{"source":"evil","detail-type":"AWS Health Event","detail":{},"sourc\u0065":"aws.health"}"#,
        r#"{"source":"aws.acm","detail-type":"ACM Certificate Expired","detail-type":"ACM Certificate Available","detail":{}}"#,
        r#"{"Records":[],"Records":[{"EventSource":"aws:sns","Sns":{"Message":"x"}}]}"#,
        r#"{"Type":"Notification","Type":"SubscriptionConfirmation","TopicArn":"t","Message":"x"}"#,
    ] {
        for told in [only_of(payload), only(&sns(payload))] {
            assert!(is_raw(&told) && told.kind == Kind::Text, "{payload}");
            assert!(["unknown", "sns"].contains(&told.source.as_str()), "{}", told.source);
        }
        assert_eq!(explained(payload)[0]["notification"]["kind"], "text");
    }
    // Elsewhere the last one counts, as with everybody.
    assert_eq!(only_of(r#"{"source":"shop","detail-type":"x","detail":{"a":1,"a":2}}"#).kind, Kind::Event);
}

#[test]
fn b17_invalid_utf8() {
    let ran = hikyaku(&["explain", "--json", "-"], b"{\"a\":\"\xff\xfe\"}");
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("not UTF-8 from byte 6 on"), "{}", ran.err);
}

#[test]
fn b18_lone_surrogates() {
    for (payload, shown) in [
        (r#""cut here: \ud800""#, "cut here: \u{fffd}"),
        (r#"{"message":"\udc00 came first"}"#, "\u{fffd} came first"),
        (r#"{"source":"shop","detail-type":"Late","detail":{"a":"x\ud83dy"}}"#, "x\u{fffd}y"),
    ] {
        for told in [only_of(payload), only(&sns(payload))] {
            assert!(is_raw(&told), "{payload}");
            all_show(&told, shown);
        }
    }
    // One bad character takes no other record with it.
    let text = json!({ "Records": [sns_record("good"), sns_record("bad")] }).to_string().replace("\"bad\"", r#""bad \ud800""#);
    assert_eq!(told(&text).len(), 2);
    assert_eq!(explained(&text)[1]["notification"]["title"], "bad \u{fffd}");
}

#[test]
fn b19_byte_order_mark() {
    let bare = health(json!({})).to_string();
    for payload in [format!("\u{feff}{bare}"), sns(&format!("\u{feff}{bare}")).to_string()] {
        assert_eq!(only_of(&payload).kind, Kind::HealthIssue);
    }
    assert_eq!(explained(&format!("\u{feff}{bare}"))[0]["notification"]["kind"], "health.issue");
}

#[test]
fn b20_more_than_one_document() {
    for text in [r#"{"a":1} garbage"#, r#"{"a":1}{"b":2}"#, "{\"a\":1}\n{\"b\":2}\n"] {
        let told = only(&sns(text));
        assert!(is_raw(&told));
        all_show(&told, r#"{"a":1}"#);
        let ran = hikyaku(&["explain", "-"], text.as_bytes());
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "a file that is not JSON");
        assert!(!ran.err.contains("garbage"), "{}", ran.err);
    }
}

#[test]
fn b21_nul_in_strings() {
    let payload = r#"{"message":"before\u0000after","a\u0000b":"c\u0000d"}"#;
    for told in [only_of(payload), only(&sns(payload)), only(&sns_with_subject("before\0after", "c\0d"))] {
        all_show(&told, "beforeafter");
        all_show(&told, "cd");
        messages(&told).iter().for_each(|sent| assert!(!sent.text().contains('\0') && !sent.payload.contains("\\u0000")));
    }
}

#[test]
fn b22_control_characters_inside_json_strings() {
    let text = "{\"message\":\"a\u{1}b\nc\"}";
    let told = only(&sns(text));
    assert!(is_raw(&told));
    all_show(&told, "message");
    assert_eq!(hikyaku(&["explain", "-"], text.as_bytes()).status, 2);
}

#[test]
fn b23_numbers_as_they_are_written() {
    for number in ["18446744073709551616", "0.30000000000000004", "1.10", "-0", "123456789012345678901234567890"] {
        let payload = format!(r#"{{"source":"shop","detail-type":"Late","detail":{{"count":{number},"list":[{number}]}}}}"#);
        all_show(&only_of(&payload), number);
        assert_eq!(explained(&payload)[0]["notification"]["fields"][0]["value"], number);
    }
    let told = only(&sns(r#"{"count":1e400}"#));
    assert!(is_raw(&told));
    all_show(&told, "400");
    for number in ["NaN", "Infinity"] {
        let told = only(&sns(&format!(r#"{{"count":{number}}}"#)));
        assert!(is_raw(&told));
        all_show(&told, number);
    }
    // Where a number is asked for, one that is none is not there.
    let told = only_of(&acm("Approaching Expiration", json!({ "DaysToExpiry": "x" })).to_string().replace("\"x\"", "1e400"));
    assert_eq!(told.kind, Kind::CertificateExpiring);
}

#[test]
fn b24_an_account_that_is_a_number() {
    let as_number = |payload: &Value, number: &str| payload.to_string().replace("\"111122223333\"", number);
    let payload = event("shop.orders", "Late", json!({}));
    for (number, account) in [("123456789012", "123456789012"), ("12345678901", "012345678901")] {
        let told = only_of(&as_number(&payload, number));
        assert_eq!(told.account.as_deref(), Some(account));
        all_show(&told, account);
    }
    let told = only(&sns(&as_number(&payload, "012345678901")));
    assert!(is_raw(&told), "a number cannot begin with zero");
    all_show(&told, "012345678901");
    let health = health(json!({ "affectedAccount": 12_345_678_901_u64 }));
    assert_eq!(only(&health).account.as_deref(), Some("012345678901"));
}

#[test]
fn b25_a_detail_that_is_no_object() {
    for detail in [json!("a text"), json!([1, 2]), json!(null)] {
        let told = only(&event("aws.health", "AWS Health Event", detail.clone()));
        assert_eq!(told.source, "aws.health");
        assert_eq!(only(&event("aws.acm", "ACM Certificate Expired", detail.clone())).kind, Kind::CertificateExpired);
        assert_eq!(only(&event("aws.guardduty", "GuardDuty Finding", detail.clone())).source, "aws.guardduty");
        assert_eq!(only(&event("shop.orders", "Late", detail)).kind, Kind::Event);
    }
    let mut without = event("aws.health", "AWS Health Event", json!(null));
    without.as_object_mut().unwrap().shift_remove("detail");
    assert_eq!(only(&without).source, "aws.health");
}

#[test]
fn b26_resources_of_any_form() {
    let with = |resources: Value| {
        let mut event = event("shop.orders", "Late", json!({}));
        event["resources"] = resources;
        only(&event)
    };
    assert_eq!(with(json!(null)).resources, Vec::<String>::new());
    assert_eq!(with(json!("arn:one")).resources, ["arn:one"]);
    assert_eq!(with(json!(["a", "b", "a", 5, " ", "b"])).resources, ["a", "b"]);
    let many = with((0..10_000).map(|n| format!("order-{n}")).collect());
    assert_eq!(many.resources.len(), 10_000);
    let shown = sent("slack", &many).text();
    assert!(shown.contains("order-2") && shown.contains("+9997 more") && !shown.contains("order-3`"), "{shown}");
    let shown = sent("email", &many).text();
    assert!(shown.contains("order-19, +9980 more"), "{shown}");
}

#[test]
fn b27_times_of_any_form() {
    for (time, occurred_at) in [
        (json!(null), None),
        (json!(""), None),
        (json!(1_795_246_200), None),
        (json!("0001-01-01T00:00:00Z"), Some("0001-01-01T00:00:00Z")),
        (json!("9999-12-31T23:59:59Z"), None),
        (json!("9999-12-30T00:00:00Z"), Some("9999-12-30T00:00:00Z")),
        (json!("2026-11-21T21:30:00+14:00"), Some("2026-11-21T07:30:00Z")),
        (json!("2016-12-31T23:59:60Z"), Some("2016-12-31T23:59:59Z")),
        (json!("yesterday"), None),
        (json!("2026-13-45T99:99:99Z"), None),
    ] {
        let mut event = event("shop.orders", "Late", json!({}));
        event["time"] = time.clone();
        let told = only(&event);
        assert_eq!(told.occurred_at, occurred_at.map(|time| time.parse().unwrap()), "{time}");
        event["source"] = json!("aws.health");
        event["detail-type"] = json!("AWS Health Event");
        event["detail"] = json!({ "startTime": time, "endTime": time, "lastUpdatedTime": time, "eventArn": "arn:x" });
        only(&event);
    }
}

#[test]
fn b28_an_id_that_is_missing_or_huge() {
    let keys = |change: fn(&mut Value)| {
        let mut event = event("shop.orders", "Late", json!({ "order": 1 }));
        change(&mut event);
        only(&event).dedup_key
    };
    let missing = keys(|event| drop(event.as_object_mut().unwrap().shift_remove("id")));
    let other = keys(|event| {
        event.as_object_mut().unwrap().shift_remove("id");
        event["detail"] = json!({ "order": 2 });
    });
    let huge = keys(|event| event["id"] = json!("x".repeat(10_240)));
    let huge_too = keys(|event| event["id"] = json!("x".repeat(10_241)));
    assert_ne!(missing, other);
    assert_ne!(huge, huge_too);
    for key in [missing, other, huge, huge_too] {
        assert!(key.len() <= 255 && key.chars().rev().take(64).all(|char| char.is_ascii_hexdigit()), "ends in a SHA-256: {key}");
    }
    // Without time and id in the body, the envelope's id counts.
    let of = |id: &str| {
        let mut payload = sns("the same words");
        payload["Records"][0]["Sns"]["MessageId"] = json!(id);
        only(&payload).dedup_key
    };
    assert_eq!(of("m-1"), of("m-1"));
    assert_ne!(of("m-1"), of("m-2"));
}

#[test]
fn b29_one_message_id_and_two_messages() {
    assert_ne!(only(&sns("one")).dedup_key, only(&sns("two")).dedup_key);
    assert_ne!(only(&sns_with_subject("a", "one")).dedup_key, only(&sns_with_subject("b", "one")).dedup_key);
}

#[test]
fn b30_sources_that_only_look_like_one() {
    for source in ["AWS.HEALTH", " aws.health", "aws.health ", "ａｗｓ．ｈｅａｌｔｈ", "аws.health", "aws.health\u{200b}"]
    {
        let mut event = health(json!({}));
        event["source"] = json!(source);
        assert!(is_raw(&only(&event)), "{source:?}");
    }
    for source in ["AWS.ACM", "aws.acm ", "аws.acm"] {
        let mut event = acm("Expired", json!({}));
        event["source"] = json!(source);
        assert!(is_raw(&only(&event)), "{source:?}");
    }
}

#[test]
fn b31_an_unknown_detail_type_of_a_known_source() {
    for (source, detail_type) in
        [("aws.acm", "ACM Certificate Polished"), ("aws.health", "AWS Wealth Event"), ("aws.guardduty", "x")]
    {
        let told = only(&event(source, detail_type, json!({ "found": "odd" })));
        assert_eq!((told.kind, told.source.as_str()), (Kind::Event, source));
        all_show(&told, detail_type);
        all_show(&told, "odd");
    }
}

#[test]
fn b32_event_type_codes_of_any_form() {
    for code in [json!("AWS_EC2_NEVER_SEEN"), json!(""), json!("X".repeat(5 * 1024)), json!(5), json!(null)] {
        let told = only(&health(json!({ "eventTypeCode": code })));
        assert_eq!(told.kind, Kind::HealthIssue);
        all_show(&told, "Something is wrong.");
    }
    all_show(&only(&health(json!({ "eventTypeCode": "AWS_EC2_NEVER_SEEN" }))), "EC2");
}

#[test]
fn b33_descriptions_of_any_form() {
    for descriptions in [json!([]), json!(null), json!([{}]), json!([{ "language": "en_US" }]), json!("text")] {
        assert_eq!(only(&health(json!({ "eventDescription": descriptions }))).kind, Kind::HealthIssue);
    }
    let told = only(&health(json!({ "eventDescription": [
        { "language": "fr_FR", "latestDescription": "En français." },
        { "language": "en_US", "latestDescription": "In English." },
        { "language": "ja_JP", "latestDescription": "日本語で。" },
    ] })));
    for sent in messages(&told).iter().filter(|sent| sent.channel != "webhook") {
        let text = sent.text();
        let (own, other) =
            if sent.locale == Locale::En { ("In English.", "日本語で。") } else { ("日本語で。", "In English.") };
        assert!(text.contains(own) && !text.contains(other) && !text.contains("français"), "{text}");
    }
    let long = "First.\\n\\nSecond. ".repeat(700);
    let told = only(&health(json!({ "eventDescription": [{ "language": "en_US", "latestDescription": long }] })));
    all_show(&told, "First.\n\nSecond.");
    assert!(sent("slack", &told).text().contains("shortened by"));
}

#[test]
fn b34_pages_and_a_thousand_entities() {
    let entities: Vec<Value> = (0..1000).map(|n| json!({ "entityValue": format!("i-{n:04}") })).collect();
    let told = only(&health(json!({ "page": "2", "totalPages": "3", "affectedEntities": entities })));
    let text = sent("slack", &told).text();
    assert!(text.contains("2 of 3") && text.contains("i-0000") && text.contains("+997 more"), "{text}");
    messages(&told);
}

#[test]
fn b35_names_of_certificates() {
    let label = "a".repeat(60);
    let longest = format!("{label}.{label}.{label}.{label}.example");
    for (name, shown) in [
        ("*.example.com", "*.example.com"),
        ("example.com.", "example.com."),
        ("xn--r8jz45g.jp", "xn--r8jz45g.jp"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("аpple.com", "xn--pple-43d.com"),
        (longest.as_str(), "aaaaaaaa"),
    ] {
        let told = only(&acm("Approaching Expiration", json!({ "CommonName": name, "DaysToExpiry": 9 })));
        assert_eq!(told.kind, Kind::CertificateExpiring);
        all_show(&told, shown);
        if !name.is_ascii() {
            none_shows(&told, name);
        }
    }
    let names: String = (0..100).map(|n| format!("name-{n:02}.example.com\n")).collect();
    let prose = format!("Your certificate could not be renewed. These domains require validation:\n{names}");
    let told = only(&health(json!({ "service": "ACM", "eventTypeCode": "AWS_ACM_RENEWAL_STATE_CHANGE",
        "eventDescription": [{ "language": "en_US", "latestDescription": prose }] })));
    let Data::Certificate(certificate) = &told.data else { panic!("{:?}", told.data) };
    assert_eq!(certificate.domains.len(), 100);
    let text = sent("slack", &told).text();
    assert!(text.contains("name-00.example.com") && text.contains("(+99)"), "{text}");
    messages(&told);
}

#[test]
fn b36_days_to_expiry_of_any_form() {
    for (days, severity, en, ja) in [
        (json!(-3), Severity::Critical, "expired 3 days ago", "3 日前"),
        (json!(-1), Severity::Critical, "expired 1 day ago", "1 日前"),
        (json!(i64::MIN), Severity::Critical, "expired 9223372036854775808 days ago", "日前"),
        (json!(0), Severity::Critical, "expires today", "今日"),
        (json!("30"), Severity::Notice, "expires in 30 days", "30 日"),
        (json!(36_500), Severity::Notice, "expires in 36500 days", "36500 日"),
        (json!(i64::MAX), Severity::Notice, "expires in 9223372036854775807 days", "日"),
        (json!(null), Severity::Warning, "Look at this certificate", "確認してください"),
        (json!("soon"), Severity::Warning, "Look at this certificate", "確認してください"),
        (json!([]), Severity::Warning, "Look at this certificate", "確認してください"),
    ] {
        let told = only(&acm("Approaching Expiration", json!({ "CommonName": "example.com", "DaysToExpiry": days })));
        assert_eq!((told.kind, told.severity), (Kind::CertificateExpiring, severity), "{days}");
        for sent in messages(&told) {
            let shown = if sent.locale == Locale::En { en } else { ja };
            assert!(sent.text().contains(shown), "{days}: {}", sent.text());
        }
        let told = only(&acm("Renewal Action Required", json!({ "DaysToExpiry": days })));
        assert_eq!(told.kind, Kind::CertificateRenewalFailed);
    }
}

#[test]
fn b37_budgets_in_other_words_and_amounts() {
    for (budgeted, amount) in [("$1,000.00", "$850.00"), ("¥48,000", "¥47,000"), ("€1.000,00", "€850,00"), ("$1e308", "$1e308")]
    {
        let told = only(&sns(&budget("prod", budgeted, amount)));
        assert_eq!(told.kind, Kind::BudgetActual);
        all_show(&told, amount);
        let Data::Budget(budget) = &told.data else { panic!("{:?}", told.data) };
        assert_eq!(budget.amount.as_deref(), Some(amount));
        assert!(told.severity == Severity::Warning, "nothing here is over its budget: {amount} of {budgeted}");
        let share = budget.percent_of_budget.map(f64::round);
        assert_eq!(share.is_some(), ["$1,000.00", "¥48,000"].contains(&budgeted), "what cannot be read for sure is no share");
    }
    let french = "Notification AWS Budgets\nNom du budget : prod\nMontant : 1 000,00 $";
    let told = only(&sns_with_subject("AWS Budgets: prod has exceeded your alert threshold", french));
    assert!(is_raw(&told));
    all_show(&told, "1 000,00 $");
}

#[test]
fn b38_custom_events_that_break_their_schema() {
    let problem = "neither content.title nor content.description is a text";
    for content in [json!({}), json!({ "keywords": ["k"] }), json!({ "title": 5 }), json!({ "description": ["x"] }), json!("x")] {
        let told = only(&custom(content));
        assert!(is_raw(&told));
        assert!(sent("slack", &told).text().contains(problem), "{}", sent("slack", &told).text());
    }
    let told = only(&custom(json!({ "title": "t", "description": "d", "nextSteps": 5, "keywords": {}, "more": [1] })));
    assert_eq!(told.kind, Kind::Custom);
    all_show(&told, "d");
    none_shows(&told, problem);
}

#[test]
fn b39_chatbots_custom_schema() {
    for (text_type, markup) in [
        (json!(null), Markup::ClientMarkdown),
        (json!("client-markdown"), Markup::ClientMarkdown),
        (json!("plain-text"), Markup::None),
        (json!("html"), Markup::None),
    ] {
        let told = only(&sns(&custom(json!({ "title": "t", "description": "*d*", "textType": text_type })).to_string()));
        assert_eq!((told.kind, told.source.as_str()), (Kind::Custom, "chatbot.custom"));
        assert_eq!(told.description[0].markup, markup, "{text_type}");
        let shown = if markup == Markup::None { "*d*" } else { "d" };
        all_show(&told, shown);
    }
}

#[test]
fn b40_aws_events_that_are_not_as_documented() {
    for (source, detail_type, kinds) in [
        ("aws.health", "AWS Health Event", ["health.account_notification"].as_slice()),
        ("aws.acm", "ACM Certificate Expired", &["certificate.expired"]),
        ("aws.cloudwatch", "CloudWatch Alarm State Change", &["alarm", "event"]),
        ("aws.guardduty", "GuardDuty Finding", &["finding", "event"]),
        ("aws.securityhub", "Security Hub Findings - Imported", &["finding", "event"]),
        ("aws.access-analyzer", "Access Analyzer Finding", &["finding", "event"]),
        ("aws.ce", "Anomaly Detected", &["cost.anomaly", "event"]),
    ] {
        for detail in
            [json!({}), json!({ "findings": "x", "severity": {}, "state": 5, "impact": [], "eventDescription": 1 }), json!([[]])]
        {
            let told = only(&event(source, detail_type, detail.clone()));
            assert!(kinds.contains(&told.kind.as_str()), "{source} {detail}: {}", told.kind);
            assert_eq!(told.source, source);
        }
    }
}

#[test]
fn b41_subscription_handshakes() {
    let handshake = |kind: &str| {
        json!({ "Type": kind, "MessageId": "m", "Token": "TOKEN2336412f", "TopicArn": "arn:aws:sns:us-east-1:111122223333:t",
            "Message": "You have chosen to unsubscribe.\nTo go back, visit https://sns.us-east-1.amazonaws.com/?Token=TOKEN2336412f",
            "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=TOKEN2336412f" })
    };
    let record = |kind: &str| json!({ "Records": [{ "EventSource": "aws:sns", "Sns": handshake(kind) }] });
    for payload in [handshake("SubscriptionConfirmation"), record("SubscriptionConfirmation")] {
        assert_eq!(told(&payload.to_string()), []);
    }
    for payload in [handshake("UnsubscribeConfirmation"), record("UnsubscribeConfirmation")] {
        let told = only(&payload);
        assert!(is_raw(&told));
        all_show(&told, "You have chosen to unsubscribe.");
        none_shows(&told, "TOKEN2336412f");
        let ran = hikyaku(&["explain", "--json", "-"], payload.to_string().as_bytes());
        assert!(!ran.out.contains("TOKEN2336412f") && !ran.err.contains("TOKEN2336412f"));
    }
    // One that cannot be read as such is a text, and its token stays hidden.
    none_shows(&only(&sns(&format!("{} ", handshake("X")).replace("}", "},"))), "TOKEN2336412f");
}

#[test]
fn b42_message_attributes_of_any_form() {
    let plain = only(&sns("a text"));
    for attributes in [
        json!({ "a": { "Type": "String", "Value": "v".repeat(10_240) } }),
        json!({ "a": { "Type": "Binary", "Value": "AAECAw==" } }),
        json!({ "a": { "Type": 5, "Value": {} }, "b": "x" }),
        json!("x"),
        json!([1]),
    ] {
        let mut payload = sns("a text");
        payload["Records"][0]["Sns"]["MessageAttributes"] = attributes;
        assert_eq!(only(&payload), plain);
    }
}

#[test]
fn b43_attributes_that_would_direct_us() {
    let mut payload = sns("a text");
    payload["Records"][0]["Sns"]["MessageAttributes"] = json!({
        "channels": { "Type": "String.Array", "Value": "[\"*\"]" }, "only": { "Type": "String", "Value": "x" },
        "receiver": { "Type": "String", "Value": "slack" } });
    assert_eq!(only(&payload), only(&sns("a text")));
    let receivers = |payload: &Value| {
        let explained = explained(&payload.to_string());
        explained[0]["deliveries"].as_array().unwrap().iter().map(|delivery| delivery["receiver"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(receivers(&payload), receivers(&sns("a text")));
}
