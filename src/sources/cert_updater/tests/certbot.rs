use super::*;

/// certbot's output about `lines`, with its rulers.
fn certbot_says(lines: &str) -> Option<Notification> {
    let rule = ["-"; 40].join(" ");
    text(&format!("\n{rule}\n{lines}\n{rule}\n"))
}

#[test]
fn certbot_tells_how_each_went() {
    const LIVE: &str = "  /etc/letsencrypt/live";
    let (well, badly) = ("certificate.renewed resolved info certbot", "certificate.renewal_failed firing critical certbot");
    for (lines, result, cert_name, domain, domains) in [
        (
            format!("Congratulations, all renewals succeeded: \n{LIVE}/shop.example.com/fullchain.pem (success)"),
            well,
            Some("shop.example.com"),
            Some("shop.example.com"),
            &[][..],
        ),
        (
            format!(
                "Congratulations, all renewals succeeded. The following certs have been renewed:\n{LIVE}/a.example.com/fullchain.pem \
                 (success)\n{LIVE}/b.example.com/fullchain.pem (success)"
            ),
            well,
            Some("a.example.com"),
            Some("a.example.com"),
            &["a.example.com", "b.example.com"],
        ),
        (
            format!(
                "All renewals failed. The following certificates could not be renewed:\n{LIVE}/shop/fullchain.pem (failure)\n\
                 1 renew failure(s), 0 parse failure(s)"
            ),
            badly,
            Some("shop"),
            None,
            &[],
        ),
        (
            format!(
                "The following renewals succeeded:\n{LIVE}/a.example.com/fullchain.pem (success)\n\nThe following renewals \
                 failed:\n{LIVE}/b.example.com-0001/fullchain.pem (failure)\n1 renew failure(s), 0 parse failure(s)"
            ),
            badly,
            Some("b.example.com-0001"),
            Some("b.example.com"),
            &[],
        ),
        ("0 renew failure(s), 1 parse failure(s)".to_owned(), badly, None, None, &[]),
        ("10 renew failure(s), 0 parse failure(s)".to_owned(), badly, None, None, &[]),
    ] {
        let notification = certbot_says(&lines).unwrap();
        assert_eq!(row(&notification), result, "{lines}");
        let certificate = data(&notification);
        assert_eq!((certificate.cert_name.as_deref(), certificate.domain.as_deref()), (cert_name, domain), "{lines}");
        assert_eq!(certificate.domains, domains);
        assert_eq!(notification.description.is_empty(), result == well, "{lines}");
        assert!(!notification.description.iter().any(|prose| prose.text.contains("- - -")));
    }
    for lines in [
        format!(
            "The following certificates are not due for renewal yet:\n{LIVE}/shop.example.com/fullchain.pem expires on 2027-01-20 (skipped)\nNo renewals were attempted."
        ),
        format!("Congratulations, all simulated renewals succeeded: \n{LIVE}/shop.example.com/fullchain.pem (success)"),
        format!(
            "** DRY RUN: simulating 'certbot renew' close to cert expiry\nCongratulations, all renewals succeeded.\n{LIVE}/shop.example.com/fullchain.pem (success)"
        ),
        "0 renew failure(s), 0 parse failure(s)".to_owned(),
    ] {
        assert_eq!(certbot_says(&lines), None, "{lines}");
    }
}

#[test]
fn a_hooks_environment_names_the_domains() {
    const LINEAGE: &str = "/etc/letsencrypt/live/shop.example.com-0001";
    let (renewed, failed) = ("shop.example.com www.example.com", "api.example.com");
    for (environment, result, cert_name, domains) in [
        (
            json!({ "RENEWED_LINEAGE": LINEAGE, "RENEWED_DOMAINS": renewed }),
            "certificate.renewed resolved info certbot",
            Some("shop.example.com-0001"),
            vec!["shop.example.com", "www.example.com"],
        ),
        (
            json!({ "RENEWED_LINEAGE": format!("{LINEAGE}/"), "RENEWED_DOMAINS": renewed, "FAILED_DOMAINS": "" }),
            "certificate.renewed resolved info certbot",
            Some("shop.example.com-0001"),
            vec!["shop.example.com", "www.example.com"],
        ),
        (
            json!({ "RENEWED_LINEAGE": LINEAGE, "RENEWED_DOMAINS": renewed, "FAILED_DOMAINS": failed }),
            "certificate.renewal_failed firing critical certbot",
            None,
            vec!["api.example.com"],
        ),
        (
            json!({ "FAILED_DOMAINS": failed }),
            "certificate.renewal_failed firing critical certbot",
            None,
            vec!["api.example.com"],
        ),
    ] {
        let notification = told(&environment);
        assert_eq!(row(&notification), result, "{environment}");
        let certificate = data(&notification);
        assert_eq!((certificate.cert_name.as_deref(), &certificate.domains), (cert_name, &list(&domains)), "{environment}");
        assert_eq!(certificate.domain.as_deref(), domains.first().copied());
    }
    for environment in [json!({ "RENEWED_LINEAGE": LINEAGE }), json!({ "RENEWED_DOMAINS": " ", "FAILED_DOMAINS": "" })] {
        assert_eq!(decode_json(environment), None);
    }
}
