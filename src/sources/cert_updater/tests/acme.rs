use super::*;

fn acme_renewed() -> Value {
    json!({ "type": "renewed", "timestamp": "2026-11-21T06:00:12.345678", "domain": "shop.example.com", "cert_name": "shop",
        "domains": ["shop.example.com", "*.shop.example.com"], "bucket": "certs", "key": "shop.json",
        "cert": { "cert": "shop/1/cert.pem", "privkey": "shop/1/PRIVKEY.pem" } })
}

fn acme_failed() -> Value {
    json!({ "type": "failed", "domains": ["shop.example.com", "*.shop.example.com"], "cert_name": "shop" })
}

#[test]
fn acme_cert_updater_tells_of_a_renewal() {
    let notification = told(&acme_renewed());
    assert_eq!(row(&notification), "certificate.renewed resolved info acme-cert-updater");
    assert_eq!(notification.occurred_at, Some("2026-11-21T06:00:12.345678Z".parse().unwrap()));
    let domains = list(&["shop.example.com", "*.shop.example.com"]);
    let certificate = Certificate {
        domain: Some("shop.example.com".into()),
        domains: domains.clone(),
        cert_name: Some("shop".into()),
        bucket: Some("certs".into()),
        key: Some("shop.json".into()),
        managed_by: Some(ManagedBy::Acme),
        ..Certificate::default()
    };
    assert_eq!(data(&notification), &certificate);
    let object = Field::code(Label::Object, Some("s3://certs/shop.json")).unwrap();
    assert_eq!(notification.fields, [Field::new(Label::Domains, FieldValue::List(domains)), object]);
    assert_eq!(notification.thread_key, "certificate|shop");
    assert!(!format!("{notification:?}").contains("PRIVKEY"), "nobody needs to know where the private key is");
}

#[test]
fn acme_cert_updater_tells_of_a_failure() {
    let notification = told(&acme_failed());
    assert_eq!(row(&notification), "certificate.renewal_failed firing critical acme-cert-updater");
    assert_eq!(notification.occurred_at, Some("2026-11-21T07:30:00Z".parse().unwrap()));
    let certificate = data(&notification);
    assert_eq!((certificate.domain.as_deref(), certificate.cert_name.as_deref()), (Some("shop.example.com"), Some("shop")));
    assert_eq!((&certificate.bucket, &certificate.key, &certificate.error), (&None, &None, &None));
    assert_eq!(notification.thread_key, told(&acme_renewed()).thread_key);
}

#[test]
fn an_older_message_has_no_name_for_the_certificate() {
    let mut old = acme_renewed();
    for key in ["cert_name", "domains"] {
        old.as_object_mut().unwrap().remove(key);
    }
    let notification = told(&old);
    assert_eq!(row(&notification), "certificate.renewed resolved info acme-cert-updater");
    assert_eq!((data(&notification).domain.as_deref(), &data(&notification).cert_name), (Some("shop.example.com"), &None));
    assert_eq!(notification.thread_key, "certificate|shop.example.com");
    for other in [
        json!({ "type": "renewed", "domain": "shop.example.com" }),
        json!({ "type": "renewed", "bucket": "certs" }),
        json!({ "type": "cancelled", "cert_name": "shop" }),
        json!({ "cert_name": "shop" }),
    ] {
        assert_eq!(decode_json(other.clone()), None, "{other}");
    }
}

#[test]
fn a_failure_counts_once_a_day_and_a_renewal_once() {
    let key = |id: &str, time: &str, message: &Value| decode_json(sns(id, time, &message.to_string())).unwrap().dedup_key;
    let (morning, night, next) = ("2026-11-21T00:00:00Z", "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z");
    let failed = key("m-1", morning, &acme_failed());
    assert_eq!(failed, key("m-2", night, &acme_failed()));
    assert_ne!(failed, key("m-2", next, &acme_failed()));
    let other = json!({ "type": "failed", "domains": ["shop.example.com"], "cert_name": "other" });
    assert_ne!(failed, key("m-1", morning, &other));
    let mut timed = acme_failed();
    timed["timestamp"] = json!("2026-11-20T23:59:00");
    assert_eq!(failed, key("m-3", night, &timed), "by the envelope's day, whatever time it may tell");

    let renewed = key("m-1", morning, &acme_renewed());
    assert_eq!(renewed, key("m-2", next, &acme_renewed()), "one time, one renewal");
    assert_eq!(renewed, decode_json(acme_renewed()).unwrap().dedup_key, "raw and wrapped");
    let mut again = acme_renewed();
    again["timestamp"] = json!("2026-11-21T18:00:12.345678");
    assert_ne!(renewed, key("m-1", morning, &again));
    again["timestamp"] = Value::Null;
    assert_ne!(key("m-1", morning, &again), key("m-2", morning, &again), "without a time the message counts");

    let queued = |id: &str| {
        let record = json!({ "eventSource": "aws:sqs", "messageId": id, "body": acme_failed().to_string() });
        decode_json(json!({ "Records": [record] })).unwrap().dedup_key
    };
    assert_eq!(queued("q-1"), queued("q-1"));
    assert_ne!(queued("q-1"), queued("q-2"), "without a day the message counts");
}

#[test]
fn the_object_in_s3_keeps_its_keys_to_itself() {
    let pointer = json!({ "timestamp": "2026-11-21T06:00:12", "domain": "shop.example.com", "domains": ["shop.example.com"],
        "cert_name": "shop", "cert": { "privkey": "shop/1/CANARY.pem" },
        "config": { "account": { "id": { "private_key.json": "{\"d\": \"CANARY\"}" } }, "keys": { "0": "CANARY" }, "csr": {}, "renewal": {} } });
    let notification = told(&pointer);
    assert_eq!(row(&notification), "text info info sns");
    assert_eq!(notification.subject.as_deref(), Some("shop"));
    assert_eq!(notification.occurred_at, Some("2026-11-21T06:00:12Z".parse().unwrap()));
    assert!(!format!("{notification:?}").contains("CANARY"), "{notification:?}");
}

const MAIL: &str = "Notification from acme-cert-updater(https://github.com/shogo82148/acme-cert-updater).\n";

#[test]
fn acme_cert_updaters_mails_tell_the_same() {
    let domains = list(&["shop.example.com", "*.shop.example.com"]);
    let renewed = format!(
        "{MAIL}The following certificate is renewed.\n\n- cert_name: shop\n- domains: shop.example.com, *.shop.example.com\n\
         - bucket: certs\n- object key: shop.json\n  - cert: shop/1/cert.pem\n  - privkey: shop/1/PRIVKEY.pem\n"
    );
    let failed = format!(
        "{MAIL}Certificate renewal is failed.\n\n- cert_name: shop\n- domains: shop.example.com, *.shop.example.com\n\n\
         Exception:\nTraceback (most recent call last):\n  File \"app.py\", line 1\nAuthorizationError: Some challenges have failed.\n\n"
    );
    for (mail, result, bucket, error) in [
        (&renewed, "certificate.renewed resolved info acme-cert-updater", Some("certs"), None),
        (
            &failed,
            "certificate.renewal_failed firing critical acme-cert-updater",
            None,
            Some("AuthorizationError: Some challenges have failed."),
        ),
    ] {
        let notification = text(mail).unwrap();
        assert_eq!(row(&notification), result);
        let certificate = data(&notification);
        assert_eq!((certificate.bucket.as_deref(), certificate.error.as_deref()), (bucket, error));
        assert_eq!((certificate.cert_name.as_deref(), &certificate.domains), (Some("shop"), &domains));
        assert_eq!(notification.thread_key, "certificate|shop");
        assert!(!format!("{notification:?}").contains("PRIVKEY"));
    }
    assert_eq!(text(&failed).unwrap().dedup_key, told(&acme_failed()).dedup_key, "the same failure of the same day");
    let bare = text(MAIL).unwrap();
    assert_eq!((bare.thread_key == bare.dedup_key, &data(&bare).domain), (true, &None));
}
