use super::*;
use crate::notification::Alarm;

#[test]
fn shares_and_dollars_read_as_printed() {
    for (share, written) in [
        (83.7, "83.7 %"),
        (99.99, "99.9 %"),
        (100.0, "100 %"),
        (110.95, "110 %"),
        (5.0, "5 %"),
        (6000.0, "6000 %"),
        (-0.24, "-0.2 %"),
        (-0.04, "0 %"),
        (-120.5, "-120 %"),
    ] {
        assert_eq!(percent(share), written);
    }
    for (amount, written) in [(1001.0, "$1,001.00"), (0.02, "$0.02"), (1_234_567.891, "$1,234,567.89"), (-5.0, "-$5.00")] {
        assert_eq!(dollars(amount), written);
    }
}

#[test]
fn what_to_do_names_three_domains_and_counts_the_rest() {
    let told = |domains: &[&str], unvalidated: usize| {
        let certificate = Certificate {
            domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
            unvalidated: (1..=unvalidated).map(|n| format!("w{n}.example.com")).collect(),
            reason: Some("PENDING_DOMAIN_VALIDATION".to_owned()),
            ..Certificate::default()
        };
        let bare = Notification::bare(Kind::CertificateRenewalFailed, (Status::Firing, Severity::Critical), "x", String::new());
        let notification = Notification { data: Data::Certificate(Box::new(certificate)), ..bare };
        [Locale::En, Locale::Ja].map(|locale| plain(&locale.words().action(&notification).unwrap_or_default()).into_owned())
    };
    for (domains, unvalidated, en, ja) in [
        (&["a.example"][..], 0, " of a.example", " a.example の"),
        (&["a.example"], 1, " of w1.example.com", " w1.example.com の"),
        (
            &["a.example"],
            8,
            " of w1.example.com, w2.example.com, w3.example.com, +5 more",
            " w1.example.com、w2.example.com、w3.example.com 他 5 件の",
        ),
    ] {
        let told = told(domains, unvalidated);
        let ja = format!("DNS に{ja} ACM 検証用 CNAME を戻してください。");
        assert_eq!(told, [format!("Put ACM's validation CNAME{en} back into DNS."), ja]);
    }
}

#[test]
fn what_follows_from_an_end_depends_on_who_uses_it() {
    let errors = "Clients will see errors after that.";
    for (kind, days, in_use, then) in [
        (Kind::CertificateExpiring, 9, Some(true), errors),
        (Kind::CertificateExpiring, 9, None, errors),
        (Kind::CertificateExpiring, 9, Some(false), "Nothing uses it."),
        (Kind::CertificateExpiring, -1, None, "Clients see errors now."),
        (Kind::CertificateRenewalFailed, 9, None, errors),
        (Kind::CertificateRenewalFailed, 9, Some(false), "Nothing uses it."),
        (Kind::CertificateRenewalFailed, -1, None, "Clients see errors now."),
    ] {
        let certificate = Certificate { days_left: Some(days), in_use, ..Certificate::default() };
        let bare = Notification::bare(kind, (Status::Firing, Severity::Warning), "aws.acm", String::new());
        let notification = Notification { data: Data::Certificate(Box::new(certificate)), ..bare };
        let said =
            |locale: Locale| locale.words().summary(&notification, &Times { zone: jiff::tz::TimeZone::UTC }).unwrap_or_default();
        assert!(said(Locale::En).ends_with(then), "{kind} {days} {in_use:?}: {}", said(Locale::En));
        assert_eq!(said(Locale::Ja).ends_with("どこからも使われていません。"), in_use == Some(false));
    }
}

#[test]
fn a_change_is_told_as_far_as_it_has_got() {
    let (early, now, late) = ("2026-11-21T06:00:00Z", "2026-11-21T07:30:00Z", "2026-11-28T06:00:00Z");
    let time = |text: &str| text.parse().ok();
    for (status_code, starts, ends, en, ja) in [
        ("upcoming", late, late, "EC2 change ahead", "EC2 のメンテナンス予定"),
        ("upcoming", early, late, "EC2 change ahead", "EC2 のメンテナンス予定"),
        ("open", late, late, "EC2 change ahead", "EC2 のメンテナンス予定"),
        ("open", early, late, "EC2 change under way", "EC2 のメンテナンス中"),
        ("open", early, "", "EC2 change under way", "EC2 のメンテナンス中"),
        ("closed", early, early, "EC2 change is done", "EC2 の変更は完了"),
        ("closed", early, "", "EC2 change is done", "EC2 の変更は完了"),
        ("closed", "", "", "EC2 change is done", "EC2 の変更は完了"),
        ("closed", early, late, "EC2 change is closed", "EC2 の変更はクローズ済み"),
        ("closed", late, "", "EC2 change is closed", "EC2 の変更はクローズ済み"),
    ] {
        let (service, status) = (Some("EC2".to_owned()), if status_code == "closed" { Status::Resolved } else { Status::Firing });
        let (starts_at, ends_at, status_code) = (time(starts), time(ends), Some(status_code.to_owned()));
        let health = Health { service, starts_at, ends_at, status_code, ..Health::default() };
        let bare = Notification::bare(Kind::HealthScheduledChange, (status, Severity::Info), "aws.health", String::new());
        let notification = Notification { data: Data::Health(Box::new(health)), occurred_at: time(now), ..bare };
        for (locale, headline) in [(Locale::En, en), (Locale::Ja, ja)] {
            assert_eq!(plain(&locale.words().headline(&notification)), headline, "{notification:?}");
        }
        let told = Locale::En.words().summary(&notification, &Times { zone: jiff::tz::TimeZone::UTC }).unwrap_or_default();
        let beginning = en.split(' ').next_back().map(|word| match word {
            "ahead" => "Starts ",
            "way" => "Since ",
            _ => "",
        });
        assert!(told.starts_with(beginning.unwrap_or_default()), "{told}");
    }
}

#[test]
fn a_budget_of_no_money_says_what_it_counts() {
    let (month, usage) = ("RI Utilization", "Usage");
    for (kind, counted, amount, budgeted, threshold, en, ja) in [
        (Kind::BudgetActual, "Cost", "$5.00", "$0.00", "> $0.00", "$5.00 of $0.00", "実績が $0.00 に対して $5.00"),
        (Kind::BudgetActual, month, "63.5%", "100%", "< 80%", "RI Utilization 63.5%, below 80%", "RI 使用率が 63.5%（80% 未満）"),
        (
            Kind::BudgetForecast,
            month,
            "63.5%",
            "100%",
            "< 80%",
            "forecast RI Utilization 63.5%, below 80%",
            "予測 RI 使用率が 63.5%（80% 未満）",
        ),
        (
            Kind::BudgetActual,
            "Savings Plans Coverage",
            "9%",
            "70%",
            "< 70%",
            "Savings Plans Coverage 9%, below 70%",
            "Savings Plans カバレッジが 9%（70% 未満）",
        ),
        (Kind::BudgetActual, usage, "93 GB", "100 GB", "> 80 GB", "Usage 93 GB of 100 GB", "使用量が 100 GB に対して 93 GB"),
        (Kind::BudgetActual, "Moons", "9", "7", "> 6", "Moons 9 of 7", "Moons が 7 に対して 9"),
    ] {
        let own = |text: &str| Some(text.to_owned());
        let budget = Budget {
            budget_name: "b".to_owned(),
            budget_type: own(counted),
            amount: own(amount),
            budgeted_amount: own(budgeted),
            threshold: own(threshold),
            ..Budget::default()
        };
        let bare = Notification::bare(kind, (Status::Firing, Severity::Warning), "aws.budgets", String::new());
        let notification = Notification { data: Data::Budget(budget), ..bare };
        assert_eq!(plain(&Locale::En.words().headline(&notification)), format!("Budget b: {en}"));
        assert_eq!(plain(&Locale::Ja.words().headline(&notification)), format!("予算 b: {ja}"));
    }
}

#[test]
fn what_mends_a_renewal_depends_on_its_reason() {
    for (reason, en, ja) in [
        ("PCA_RESOURCE_NOT_FOUND", "The private CA is gone: issue", "プライベート CA がありません。"),
        ("NO_AVAILABLE_CONTACTS", "ACM found no contact of a.example to write to: validate by DNS instead.", "ACM がメールを"),
        ("OTHER", "Open it and look at its renewal status.", "証明書を開いて更新ステータスを"),
        ("PCA_INVALID_ARGS", "Look into the cause: PCA invalid args.", "原因（PCA invalid args）"),
    ] {
        let (reason, domains) = (Some(reason.to_owned()), vec!["a.example".to_owned()]);
        let certificate = Certificate { reason, domains, ..Certificate::default() };
        let bare = Notification::bare(Kind::CertificateRenewalFailed, (Status::Firing, Severity::Critical), "x", String::new());
        let notification = Notification { data: Data::Certificate(Box::new(certificate)), ..bare };
        for (locale, beginning) in [(Locale::En, en), (Locale::Ja, ja)] {
            let told = locale.words().action(&notification).unwrap_or_default();
            assert!(plain(&told).starts_with(beginning), "{told}");
        }
    }
}

#[test]
fn a_health_event_is_called_by_what_its_code_adds() {
    let (issue, change) = (Kind::HealthIssue, Kind::HealthScheduledChange);
    for (kind, status, service, code, en, ja) in [
        (issue, Status::Firing, "EC2", "AWS_EC2_OPERATIONAL_ISSUE", "EC2 issue", "EC2 の障害"),
        (
            Kind::HealthAccountNotification,
            Status::Info,
            "EC2",
            "AWS_EC2_OPERATIONAL_NOTIFICATION",
            "EC2 notice",
            "EC2 からのお知らせ",
        ),
        (
            change,
            Status::Firing,
            "RDS",
            "AWS_RDS_MAINTENANCE_SCHEDULED",
            "RDS change ahead: maintenance scheduled",
            "RDS のメンテナンス予定",
        ),
        (
            change,
            Status::Firing,
            "EKS",
            "AWS_EKS_PLANNED_LIFECYCLE_EVENT",
            "EKS change ahead: planned lifecycle event",
            "EKS のメンテナンス予定: 計画されたライフサイクルイベント",
        ),
        (
            issue,
            Status::Firing,
            "RISK",
            "AWS_RISK_CREDENTIALS_EXPOSED",
            "Security issue: credentials exposed",
            "セキュリティ上の問題: 認証情報の漏えい",
        ),
        (issue, Status::Resolved, "RISK", "AWS_RISK_X", "Security issue is over: x", "セキュリティ上の問題は解決済み: x"),
    ] {
        let (service, event_type_code) = (Some(service.to_owned()), Some(code.to_owned()));
        let health = Health { service, event_type_code, ..Health::default() };
        let bare = Notification::bare(kind, (status, Severity::Info), "aws.health", String::new());
        let notification = Notification { data: Data::Health(Box::new(health)), ..bare };
        for (locale, headline) in [(Locale::En, en), (Locale::Ja, ja)] {
            assert_eq!(plain(&locale.words().headline(&notification)), headline);
        }
    }
}

#[test]
fn marks_in_a_senders_headline_are_read_and_not_shown() {
    let headline = |data: Data| {
        let bare = Notification::bare(Kind::Custom, (Status::Info, Severity::Info), "x", String::new());
        let subject = Some("*Orders* on `db-1` are _late_ 3 * 4".to_owned());
        plain(&Locale::En.words().headline(&Notification { data, subject, ..bare })).into_owned()
    };
    assert_eq!(headline(Data::Custom(crate::notification::Custom::default())), "Orders on db-1 are late 3 * 4");
    assert_eq!(headline(Data::None {}), "*Orders* on `db-1` are _late_ 3 * 4", "any other text means what it says");
}

#[test]
fn whatever_asks_for_something_says_so_until_it_is_closed() {
    let must = "AWS needs you to act; its text says what to do.";
    let may = "Read in AWS's text whether you need to act.";
    for (kind, status, actionability, action) in [
        (Kind::HealthScheduledChange, Status::Firing, Some("ACTION_REQUIRED"), Some(must)),
        (Kind::HealthAccountNotification, Status::Info, Some("ACTION_REQUIRED"), Some(must)),
        (Kind::HealthAccountNotification, Status::Info, Some("ACTION_MAY_BE_REQUIRED"), Some(may)),
        (Kind::HealthAccountNotification, Status::Info, Some("INFORMATIONAL"), None),
        (Kind::HealthAccountNotification, Status::Info, None, None),
        (Kind::HealthAccountNotification, Status::Resolved, Some("ACTION_REQUIRED"), None),
    ] {
        let health = Health { actionability: actionability.map(str::to_owned), ..Health::default() };
        let bare = Notification::bare(kind, (status, Severity::Info), "aws.health", String::new());
        let notification = Notification { data: Data::Health(Box::new(health)), ..bare };
        assert_eq!(Locale::En.words().action(&notification).as_deref(), action, "{kind} {status} {actionability:?}");
        assert_eq!(Locale::Ja.words().action(&notification).is_some(), action.is_some());
    }
}

#[test]
fn an_alarm_without_a_name_says_what_happened() {
    for (state, status, name, en, ja) in [
        ("ALARM", Status::Firing, Some("cpu"), "Alarm cpu went off", "アラーム cpu が発生しました"),
        ("ALARM", Status::Firing, None, "Alarm went off", "アラームが発生しました"),
        ("OK", Status::Resolved, None, "Alarm is OK again", "アラームが OK に戻りました"),
        ("INSUFFICIENT_DATA", Status::Info, None, "Alarm has too little data", "アラームのデータが不足しています"),
        ("SNOOZED", Status::Info, None, "Alarm changed its state", "アラームの状態が変わりました"),
    ] {
        let alarm = Alarm { alarm_name: name.map(str::to_owned), state: Some(state.to_owned()), ..Alarm::default() };
        let bare = Notification::bare(Kind::Alarm, (status, Severity::Info), "aws.cloudwatch", String::new());
        let notification = Notification { data: Data::Alarm(alarm), ..bare };
        for (locale, headline) in [(Locale::En, en), (Locale::Ja, ja)] {
            assert_eq!(plain(&locale.words().headline(&notification)), headline);
        }
    }
}
