//! Credentials in the text of an event are masked as it comes in, so that no later stage can show one.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::rich;

/// `text` as it may enter: without credentials, and without the noncharacters that [`rich`] uses for its own marks.
pub fn intake(text: &str) -> Cow<'_, str> {
    match rich::without_marks(text) {
        Cow::Borrowed(text) => mask(text),
        Cow::Owned(text) => Cow::Owned(mask(&text).into_owned()),
    }
}

/// `text` with each credential replaced by its beginning and `…`; an access key id keeps its last four, to be found by.
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    let letters = letters(text);
    for credential in &CREDENTIALS {
        // Compiling a pattern costs more than most events; nearly none of them holds one of these.
        if !credential.hints.iter().any(|hint| hint.letters & !letters == 0 && masked.contains(hint.text)) {
            continue;
        }
        if let Some(pattern) = credential.pattern.as_ref()
            && let Cow::Owned(better) = pattern.replace_all(&masked, "${keep}…${tail}")
        {
            masked = Cow::Owned(better);
        }
    }
    masked
}

/// Whether the value of a key called `name` is a credential, whatever its form.
pub fn is_credential_name(name: &str) -> bool {
    const NAMES: &[&str] =
        &["password", "passwd", "passphrase", "secretAccessKey", "sessionToken", "clientSecret", "client_secret", "token"];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// One form of credential.
struct Credential {
    /// One of these stands in every one of them.
    hints: &'static [Hint],
    /// `keep` stays, `tail` too; between them is the secret.
    pattern: LazyLock<Option<Regex>>,
}

/// A text, and its letters: one that lacks a letter of it cannot hold it.
struct Hint {
    text: &'static str,
    letters: u64,
}

impl Hint {
    const fn new(text: &'static str) -> Hint {
        Hint { text, letters: letters(text) }
    }
}

/// The bytes of `text`, a bit for every four of them.
const fn letters(text: &str) -> u64 {
    let (mut letters, mut rest) = (0, text.as_bytes());
    while let [byte, after @ ..] = rest {
        letters |= 1 << (*byte & 63);
        rest = after;
    }
    letters
}

/// A row of [`CREDENTIALS`]; `REST` in a pattern is the rest of an address or a token, up to a quote, a bracket or a bar.
macro_rules! credential {
    ([$($hint:literal),+], $pattern:literal) => {
        Credential {
            hints: &[$(Hint::new($hint)),+],
            pattern: LazyLock::new(|| Regex::new(&$pattern.replace("REST", r"[!#-&(-;=?-\[\]-_a-z~]+")).ok()),
        }
    };
}

static CREDENTIALS: [Credential; 9] = [
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    credential!(["AKIA", "ASIA"], r"(?P<keep>(?:AKIA|ASIA))[A-Z0-9]{12}(?P<tail>[A-Z0-9]{4})"),
    // https://docs.slack.dev/authentication/tokens
    credential!(["xox", "xapp-"], r"(?P<keep>xox[a-z]-|xapp-)[A-Za-z0-9-]{8,}"),
    // Webhooks: who has the address may post.
    credential!(
        ["hooks.slack", "hooks.chime", "/webhooks/", "chat.googleapis.com"],
        r"(?P<keep>hooks\.slack(?:-gov)?\.com/|hooks\.chime\.aws/|discord(?:app)?\.com/api/webhooks/|chat\.googleapis\.com/v1/spaces/)REST"
    ),
    credential!(
        ["webhook.office.com", "logic.azure.com", "powerplatform.com"],
        r"(?P<keep>(?:webhook\.office\.com|logic\.azure\.com|powerplatform\.com)(?::443)?/)REST"
    ),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    credential!(
        ["X-Amz-", "x-amz-"],
        r"(?P<keep>[Xx]-[Aa]mz-(?:[Ss]ignature|[Ss]ecurity-[Tt]oken|[Cc]redential)=)[A-Za-z0-9%/+=_.-]+"
    ),
    // The token that confirms an SNS subscription, and its like in other addresses.
    credential!(["Token", "token"], r#"(?P<keep>[Tt]oken(?:=|\\?"[ ]?:[ ]?\\?"))[A-Za-z0-9%/+=_.-]+"#),
    credential!(["assword", "ASSWORD"], r#"(?P<keep>[Pp](?:assword|ASSWORD)(?:[ ]?[=:][ ]?|\\?"[ ]?:[ ]?\\?"))REST"#),
    // User information in an address: https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1
    credential!(["@"], r#"(?P<keep>://)[^ \r\n\t/?#@"'<>\\]*:[^ \r\n\t/?#@"'<>\\]*(?P<tail>@)"#),
    credential!(["PRIVATE KEY"], r"(?P<keep>-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)[A-Za-z0-9+/=\\ \r\n\t:,]*"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert!(CREDENTIALS.iter().all(|credential| credential.pattern.is_some()));
    }

    #[test]
    fn credentials_are_masked_and_all_else_stays() {
        for (text, masked) in [
            ("nothing to hide: certificate 1234", "nothing to hide: certificate 1234"),
            ("key AKIAIOSFODNN7EXAMPLE leaked", "key AKIA…MPLE leaked"),
            ("xoxb-123456789012-abcdefABCDEF!", "xoxb-…!"),
            ("<https://hooks.slack.com/services/T0/B0/CANARY|x>", "<https://hooks.slack.com/…|x>"),
            ("https://hooks.chime.aws/incomingwebhooks/a-b?token=CANARY and on", "https://hooks.chime.aws/… and on"),
            (
                "https://prod-1.japaneast.logic.azure.com:443/workflows/x?sig=CANARY",
                "https://prod-1.japaneast.logic.azure.com:443/…",
            ),
            (
                "https://b.s3.amazonaws.com/k?X-Amz-Date=2&X-Amz-Signature=CANARY&a=b",
                "https://b.s3.amazonaws.com/k?X-Amz-Date=2&X-Amz-Signature=…&a=b",
            ),
            ("?Action=ConfirmSubscription&Token=2336412fCANARY", "?Action=ConfirmSubscription&Token=…"),
            ("Password=CANARY done", "Password=… done"),
            (r#"{"password": "CANARY", "Token":"CANARY"}"#, r#"{"password": "…", "Token":"…"}"#),
            ("see https://admin:CANARY@evil.example/x@y", "see https://…@evil.example/x@y"),
            ("mail ops@example.com at 10:30, host:port", "mail ops@example.com at 10:30, host:port"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nCANARY\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN RSA PRIVATE KEY-----…-----END RSA PRIVATE KEY-----",
            ),
        ] {
            let got = mask(text);
            assert!(!got.contains("CANARY"), "{got}");
            assert_eq!(got, masked);
        }
    }
}
