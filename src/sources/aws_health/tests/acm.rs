use super::*;
use crate::notification::{Certificate, ManagedBy};

const CERTIFICATE: &str = "arn:aws:acm:eu-west-1:111122223333:certificate/12-ab";
const OTHER: &str = "arn:aws:acm:eu-west-1:111122223333:certificate/34-cd";

/// The beginning of what ACM writes of a certificate that ends on `expires`.
fn present(expires: &str) -> String {
    format!(
        "You have an SSL/TLS certificate from AWS Certificate Manager in your AWS account that expires on {expires} UTC. This \
         certificate includes the primary domain *.shop.example.com and a total of 3 domains.\\n\\nAWS account ID: \
         111122223333\\nAWS Region name: eu-west-1\\nCertificate identifier: {CERTIFICATE}\\n\\n"
    )
}

/// As it comes 12 days before the end, unless it is `long` before.
fn needs_validation(method: &str, long: bool) -> String {
    format!(
        "{}AWS Certificate Manager (ACM) was unable to renew the certificate automatically using {method} validation. You must \
         take action to ensure that the renewal can be completed. If the certificate is not renewed and the current certificate \
         expires, your website may become unreachable.\\nThe following 2 domains require \
         validation:\\n*.shop.example.com\\nshop.example.com\\n\\nSee [1].",
        present(if long { "Jan 20, 2027 at 23:59:59" } else { "Dec 03, 2026 at 12:00:00" })
    )
}

fn renewed() -> String {
    format!(
        "This is to notify you that AWS Certificate Manager (ACM) has completed the renewal of an SSL/TLS certificate that \
         certificate includes the primary domain shop.example.com and a total of 2 domains.\\n\\nCertificate identifier: \
         {CERTIFICATE}\\n\\nYour new certificate expires on Dec 20, 2027 at 23:59:59 UTC. \\nTo express any concerns, write to \
         validation-questions@amazon.com.\\n"
    )
}

fn private_ca(reason: &str) -> String {
    format!(
        "ACM was unable to renew a certificate issued by your private CA.\\n\\nCertificate identifier: {CERTIFICATE}\\n{reason}"
    )
}

/// ACM's event with that prose, and `changes` made to its detail.
fn acm(prose: &str, mut changes: Value) -> Notification {
    let own = json!({ "service": "ACM", "eventTypeCode": "AWS_ACM_RENEWAL_STATE_CHANGE", "eventTypeCategory": "scheduledChange",
        "eventDescription": [{ "language": "en_US", "latestDescription": prose }], "affectedEntities": [{ "entityValue": OTHER }] });
    for (key, value) in own.as_object().unwrap() {
        changes.as_object_mut().unwrap().entry(key).or_insert_with(|| value.clone());
    }
    told(changes)
}

fn certificate(notification: &Notification) -> &Certificate {
    match &notification.data {
        Data::Certificate(certificate) => certificate,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_outcome_stands_in_actionability_code_and_prose() {
    let actionability = |value: &str| json!({ "actionability": value });
    let code = |code: &str| json!({ "eventTypeCode": code });
    let (dns, ended) = (needs_validation("DNS", false), "Mar 03, 2026 at 12:00:00");
    let warned = "Once a certificate has expired, clients see errors.";
    for (prose, changes, row) in [
        (renewed(), json!({}), "certificate.renewed resolved info"),
        (renewed(), actionability("INFORMATIONAL"), "certificate.renewed resolved info"),
        (renewed(), json!({ "statusCode": "closed" }), "certificate.renewed resolved info"),
        (format!("{}\\n{warned}", renewed()), json!({}), "certificate.renewed resolved info"),
        (format!("ACM has completed the renewal. {warned}"), json!({}), "certificate.renewed resolved info"),
        (renewed(), actionability("ACTION_REQUIRED"), "certificate.renewal_failed firing warning"),
        (dns.clone(), json!({}), "certificate.renewal_failed firing critical"),
        (needs_validation("DNS", true), json!({}), "certificate.renewal_failed firing warning"),
        (needs_validation("email", false), json!({}), "certificate.renewal_failed firing critical"),
        (format!("{dns} {warned}"), json!({}), "certificate.renewal_failed firing critical"),
        ("Look at it.".into(), actionability("ACTION_REQUIRED"), "certificate.renewal_failed firing critical"),
        ("A CAA record forbids it.".into(), code("CAA_CHECK_FAILURE"), "certificate.renewal_failed firing critical"),
        (private_ca("Reason: PCA_ACCESS_DENIED"), code("AWS_ACM_RENEWAL_FAILURE"), "certificate.renewal_failed firing critical"),
        (private_ca(""), json!({}), "certificate.renewal_failed firing critical"),
        (present(ended), json!({}), "certificate.expired firing critical"),
        (present(ended), actionability("ACTION_REQUIRED"), "certificate.expired firing critical"),
        ("Your certificate has expired.".into(), json!({}), "certificate.expired firing critical"),
        ("Your certificate has expired.".into(), actionability("ACTION_REQUIRED"), "certificate.expired firing critical"),
        ("It expired on a day of last week.".into(), json!({}), "certificate.expired firing critical"),
        ("The certificate for shop.example.com has expired. Renew it.".into(), json!({}), "certificate.expired firing critical"),
        ("An expired certificate.".into(), json!({}), "certificate.expiring firing warning"),
        (warned.into(), json!({}), "certificate.expiring firing warning"),
        ("If the one for a.example.com has expired, it is too late.".into(), json!({}), "certificate.expiring firing warning"),
        ("Delete the ones that have expired.".into(), json!({}), "certificate.expiring firing warning"),
        ("Your certificate has expired.".into(), actionability("INFORMATIONAL"), "certificate.expiring firing warning"),
        ("It expires on Dec 30, 2026. Expired ones do harm.".into(), json!({}), "certificate.expiring firing notice"),
        (present("Jan 20, 2027 at 23:59:59"), json!({}), "certificate.expiring firing notice"),
        (present("Dec 03, 2026 at 12:00:00"), actionability("INFORMATIONAL"), "certificate.expiring firing warning"),
        (present("Nov 22, 2026 at 12:00:00") + warned, json!({}), "certificate.expiring firing critical"),
        ("Something changed.".into(), json!({}), "certificate.expiring firing warning"),
        ("Something changed.".into(), actionability("INFORMATIONAL"), "certificate.expiring firing warning"),
        (String::new(), json!({}), "certificate.expiring firing warning"),
    ] {
        let Notification { kind, status, severity, .. } = acm(&prose, changes.clone());
        assert_eq!(format!("{kind} {status} {severity}"), row, "{changes} {prose}");
    }
}

#[test]
fn a_renewal_tells_the_new_end() {
    let notification = acm(&renewed(), json!({}));
    let certificate = certificate(&notification);
    assert_eq!((certificate.domain.as_deref(), certificate.domain_count), (Some("shop.example.com"), Some(2)));
    assert_eq!(certificate.domains, ["shop.example.com"]);
    assert_eq!((certificate.expires_at, certificate.days_left), (time("2027-12-20T23:59:59Z"), Some(394)));
    assert_eq!((certificate.certificate_arn.as_deref(), certificate.managed_by), (Some(CERTIFICATE), Some(ManagedBy::Aws)));
    assert_eq!((&certificate.reason, &certificate.validation_method), (&None, &None));
    assert_eq!(certificate.health.as_ref().unwrap().event_arn.as_deref(), Some(ARN));
    let url = "https://eu-west-1.console.aws.amazon.com/acm/home?region=eu-west-1#/certificates/12-ab";
    assert_eq!(notification.links, [Link { to: LinkTo::Certificate, url: url.into() }]);
    assert_eq!(notification.thread_key, key(&[CERTIFICATE]));
    assert_eq!(notification.resources, ["i-0", OTHER]);
}

#[test]
fn what_waits_for_validation_is_named() {
    for (method, named) in [("DNS", "DNS"), ("email", "EMAIL")] {
        let notification = acm(&needs_validation(method, false), json!({}));
        let certificate = certificate(&notification);
        assert_eq!((certificate.domain.as_deref(), certificate.domain_count), (Some("*.shop.example.com"), Some(3)));
        assert_eq!(certificate.domains, ["*.shop.example.com", "shop.example.com"]);
        assert_eq!((certificate.expires_at, certificate.days_left), (time("2026-12-03T12:00:00Z"), Some(12)));
        assert_eq!(certificate.reason.as_deref(), Some("PENDING_DOMAIN_VALIDATION"));
        assert_eq!(certificate.validation_method.as_deref(), Some(named));
        assert_eq!(notification.fields, [], "what to do names the domains");
    }
}

#[test]
fn only_the_listed_domains_wait_and_the_rest_of_many_is_a_fact() {
    for (listed, fields) in [(2, 0), (3, 0), (5, 1)] {
        let list: Vec<String> = (0..listed).map(|n| format!("a{n}.example.com")).collect();
        let prose = format!(
            "{}AWS Certificate Manager (ACM) was unable to renew the certificate automatically using DNS validation.\\nThe \
             following {listed} domains require validation:\\n{}\\n",
            present("Dec 03, 2026 at 12:00:00"),
            list.join("\\n")
        );
        let notification = acm(&prose, json!({}));
        let certificate = certificate(&notification);
        assert_eq!(certificate.unvalidated, list);
        assert_eq!(certificate.domains.first().map(String::as_str), Some("*.shop.example.com"), "they are named all the same");
        let fact = Field::new(Label::Domains, FieldValue::List(list.into_iter().skip(3).collect()));
        assert_eq!(notification.fields, vec![fact; fields]);
    }
}

#[test]
fn the_reason_is_the_one_that_is_told() {
    let questions = "Write to validation-questions@amazon.com.";
    for (prose, code, reason) in [
        (private_ca("Reason: PCA_ACCESS_DENIED\\n"), "AWS_ACM_RENEWAL_FAILURE", Some("PCA_ACCESS_DENIED")),
        (private_ca("Reason: nobody knows"), "AWS_ACM_RENEWAL_FAILURE", None),
        (private_ca(questions), "AWS_ACM_RENEWAL_FAILURE", None),
        ("The CAA record does not permit amazon.com.".into(), "CAA_CHECK_FAILURE", Some("CAA_ERROR")),
        ("You must take action. Your domains require validation.".into(), "X", Some("PENDING_DOMAIN_VALIDATION")),
        ("ACM was unable to renew it.".into(), "X", None),
    ] {
        let notification = acm(&prose, json!({ "eventTypeCode": code }));
        assert_eq!(certificate(&notification).reason.as_deref(), reason, "{prose}");
    }
    let advice = needs_validation("email", false) + "\\nWe recommend that you switch to DNS validation.";
    assert_eq!(certificate(&acm(&advice, json!({}))).validation_method.as_deref(), Some("EMAIL"));
}

#[test]
fn every_form_of_an_end_is_read() {
    for (prose, end, days) in [
        ("It expires on Dec 03, 2026 at 07:30:00 UTC.", time("2026-12-03T07:30:00Z"), Some(12)),
        ("It expires on Dec 3, 2026 at 07:29:59 UTC.", time("2026-12-03T07:29:59Z"), Some(11)),
        ("It expired on Nov 21, 2026 at 07:29:59 UTC.", time("2026-11-21T07:29:59Z"), Some(-1)),
        (
            "The old one expires on Dec 03, 2026 at 07:30:00 UTC. Your new certificate expires on Dec 04, 2027 at 07:30:00 UTC.",
            time("2027-12-04T07:30:00Z"),
            Some(378),
        ),
        ("It expires on Dec 3, 2026. Look at it.", time("2026-12-03T23:59:59Z"), Some(12)),
        ("It expires on a day that UTC has not.", None, None),
        ("It expires.", None, None),
    ] {
        let notification = acm(prose, json!({}));
        let certificate = certificate(&notification);
        assert_eq!((certificate.expires_at, certificate.days_left), (end, days), "{prose}");
    }
}

#[test]
fn the_certificate_is_the_one_of_the_prose_else_the_first_affected() {
    let domain_only = "The primary domain shop.example.com and a total of 1 domains.";
    let named = |arn: &str| format!("Certificate identifier: {arn}.");
    for (prose, entity, arn, thread) in [
        (named(CERTIFICATE), OTHER, Some(CERTIFICATE), key(&[CERTIFICATE])),
        (named("unknown"), OTHER, Some(OTHER), key(&[OTHER])),
        (String::new(), OTHER, Some(OTHER), key(&[OTHER])),
        (domain_only.into(), "vpn-0", None, key(&["certificate", "shop.example.com"])),
        ("The primary domain nobody knows".into(), "vpn-0", None, key(&["health", "111122223333", ARN])),
    ] {
        let notification = acm(&prose, json!({ "affectedEntities": [{ "entityValue": entity }] }));
        assert_eq!(certificate(&notification).certificate_arn.as_deref(), arn, "{prose}");
        assert_eq!(notification.thread_key, thread, "{prose}");
        let to = if arn.is_some() { LinkTo::Certificate } else { LinkTo::HealthEvent };
        assert_eq!(notification.links[0].to, to);
    }
}

#[test]
fn the_english_text_is_the_one_that_is_read() {
    let japanese = json!({ "language": "ja_JP", "latestDescription": "証明書の更新を完了しました。" });
    let english = json!({ "language": "en_US", "latestDescription": renewed() });
    let kind = |texts: Value| acm("", json!({ "eventDescription": texts })).kind;
    assert_eq!(kind(json!([japanese, english])), Kind::CertificateRenewed);
    assert_eq!(kind(json!([{ "latestDescription": renewed() }])), Kind::CertificateRenewed);
    assert_eq!(kind(json!([japanese])), Kind::CertificateExpiring, "its wording is not known");
}

#[test]
fn a_text_that_names_acm_is_about_a_certificate_only_if_it_names_one() {
    let text = |text: String| json!({ "eventDescription": [{ "language": "en_US", "latestDescription": text }] });
    let mentioned = "Load balancers with certificates from AWS Certificate Manager are slow to start.".to_owned();
    assert_eq!(told(text(mentioned)).kind, Kind::HealthIssue);
    assert_eq!(told(text(needs_validation("DNS", false))).kind, Kind::CertificateRenewalFailed, "its service is a placeholder");
}

#[test]
fn a_page_of_many_certificates_says_which_it_is() {
    let notification = acm(&renewed(), json!({ "page": "2", "totalPages": "3" }));
    assert_eq!(notification.fields, [Field::new(Label::Page, FieldValue::Term(Term::Page(2, 3)))]);
}
