//! Reading values that are not always what the documentation says.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::text::ascii_host;

/// The text at `key`: absent if it is blank or of another type.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// The same as an owned string.
pub(super) fn string(value: &Value, key: &str) -> Option<String> {
    text(value, key).map(str::to_owned)
}

/// The text at `key`, a number too, as it is written.
pub(super) fn written(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::Number(number) => Some(number.to_string()),
        _ => string(value, key),
    }
}

/// The account id at `key`; somebody's template may have made a number of it, and lost its leading zeros.
pub(super) fn account(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::Number(number) => number.as_u64().map(|number| format!("{number:012}")),
        _ => string(value, key),
    }
}

/// The number at `key`, a string of digits too.
pub(super) fn number(value: &Value, key: &str) -> Option<f64> {
    let number = match value.get(key)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// The whole number at `key`, a string of digits too.
pub(super) fn integer(value: &Value, key: &str) -> Option<i64> {
    match value.get(key)? {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|number| number.floor() as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The truth value at `key`; AWS Health writes `"true"`.
pub(super) fn boolean(value: &Value, key: &str) -> Option<bool> {
    match value.get(key)? {
        Value::Bool(boolean) => Some(*boolean),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The array at `key`; empty if there is none.
pub(super) fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The strings of the array at `key`.
pub(super) fn strings(value: &Value, key: &str) -> Vec<String> {
    let texts = array(value, key).iter().filter_map(Value::as_str).map(str::trim);
    texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// The moment at `key`; see [`timestamp`].
pub(super) fn time(value: &Value, key: &str) -> Option<Timestamp> {
    timestamp(text(value, key)?)
}

/// A moment in any form that AWS and the updaters write: RFC 3339, an offset without a colon, no zone at all (then UTC),
/// a blank in between, or RFC 2822 with whatever weekday (AWS Health's own samples have wrong ones).
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp());
    }
    rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

/// Whole days from `from` to `to`, rounded down, negative once over.
pub(super) fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(24 * 60 * 60)
}

/// What stands between `before` and `after` in `text`, trimmed; to the end if `after` does not come.
pub(super) fn between<'a>(text: &'a str, before: &str, after: &[char]) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    let found = rest.split(after).next().unwrap_or(rest).trim();
    (!found.is_empty()).then_some(found)
}

/// Whether `text` looks like a domain name, a wildcard allowed.
pub(super) fn is_domain(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.chars().all(|char| char.is_alphanumeric() || char == '-' || char == '_')
    };
    name.len() <= 253 && name.contains('.') && name.trim_end_matches('.').split('.').all(label)
}

/// `text` as a domain name in the letters that it is looked up by, if it looks like one.
pub(super) fn domain(text: &str) -> Option<String> {
    is_domain(text).then(|| ascii_host(text).into_owned())
}

/// `url`, if it is https and holds nothing that a message could take for its end.
pub(super) fn https(url: &str) -> Option<&str> {
    let is_plain =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}');
    (url.starts_with("https://") && url.bytes().all(is_plain)).then_some(url)
}

/// `url`, if it leads to AWS's own pages: whoever may publish to a topic can write an event like AWS's, with an address of his
/// own in it. What lies below `amazonaws.com` is not AWS's own: a bucket is anybody's.
pub(super) fn aws_page(url: &str) -> Option<&str> {
    const PAGES: &[&str] = &["aws.amazon.com", "amazonaws.cn", "amazonaws-us-gov.com"];
    let authority = https(url)?.strip_prefix("https://")?.split(['/', '?', '#']).next()?;
    let is_host = authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let is_below = |page: &&str| authority == *page || authority.strip_suffix(*page).is_some_and(|below| below.ends_with('.'));
    (is_host && PAGES.iter().any(is_below)).then_some(url)
}

/// The parts of an ARN that say where: Region and account, each if it is given.
pub(super) fn arn_place(arn: &str) -> (Option<String>, Option<String>) {
    let mut parts = arn.splitn(6, ':');
    let is_arn = parts.next() == Some("arn");
    let mut part = |n: usize| parts.nth(n).map(str::trim).filter(|part| is_arn && !part.is_empty()).map(str::to_owned);
    (part(2), part(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_time_is_read() {
        for (text, time) in [
            ("2026-11-21T07:30:00Z", Some("2026-11-21T07:30:00Z")),
            ("2026-11-21T16:30:00.811+0900", Some("2026-11-21T07:30:00.811Z")),
            ("2026-11-21T16:30:00+09:00", Some("2026-11-21T07:30:00Z")),
            ("2026-11-21T07:30:00.345678", Some("2026-11-21T07:30:00.345678Z")),
            ("2026-11-21 07:30:00.868000+00:00", Some("2026-11-21T07:30:00.868Z")),
            ("Sat, 21 Nov 2026 07:30:00 GMT", Some("2026-11-21T07:30:00Z")),
            ("Mon, 21 Nov 2026 07:30:00 GMT", Some("2026-11-21T07:30:00Z")),
            ("Wed, 6 Apr 2022 06:00:53 GMT", Some("2022-04-06T06:00:53Z")),
            ("", None),
            ("yesterday", None),
            ("9999-99-99", None),
        ] {
            assert_eq!(timestamp(text), time.and_then(|time| time.parse().ok()), "{text}");
        }
    }

    #[test]
    fn days_are_rounded_down() {
        let day = |text: &str| timestamp(text).unwrap_or_default();
        let now = day("2026-11-21T07:30:00Z");
        for (to, days) in [("2026-11-22T07:30:00Z", 1), ("2026-11-22T07:29:59Z", 0), ("2026-11-21T07:29:59Z", -1)] {
            assert_eq!(days_between(now, day(to)), days);
        }
    }

    #[test]
    fn a_domain_is_told_from_any_name() {
        for (text, yes) in [
            ("example.com", true),
            ("*.shop.example.com", true),
            ("xn--wgv71a119e.jp", true),
            ("_ab12.example.com.", true),
            ("My Awesome Service", false),
            ("localhost", false),
            ("a..b", false),
            ("", false),
        ] {
            assert_eq!(is_domain(text), yes, "{text}");
        }
    }

    #[test]
    fn a_number_is_read_as_it_is_written_and_an_account_with_its_zeros() {
        for (value, text, id) in [
            (json!(" 011122223333 "), Some("011122223333"), Some("011122223333")),
            (json!(11122223333_u64), Some("11122223333"), Some("011122223333")),
            (json!(8.5), Some("8.5"), None),
            (json!(-1), Some("-1"), None),
            (json!(" "), None, None),
            (json!({}), None, None),
            (json!(null), None, None),
        ] {
            let value = json!({ "x": value });
            assert_eq!((written(&value, "x").as_deref(), account(&value, "x").as_deref()), (text, id), "{value}");
            assert_eq!((written(&value, "y"), account(&value, "y")), (None, None));
        }
    }

    #[test]
    fn only_a_plain_https_address_is_one() {
        for (url, yes) in [
            ("https://docs.aws.amazon.com/x?y=1#z", true),
            ("http://docs.aws.amazon.com/x", false),
            ("javascript:alert(1)", false),
            ("https://a b", false),
            ("https://a|b>", false),
            ("https://a\nb", false),
            ("https://例え.jp", false),
            ("", false),
        ] {
            assert_eq!(https(url), yes.then_some(url), "{url}");
        }
    }

    #[test]
    fn a_page_of_aws_is_below_its_own_names() {
        for (url, yes) in [
            ("https://aws.amazon.com/", true),
            ("https://us-east-1.console.aws.amazon.com/x?a=b#c", true),
            ("https://docs.aws.amazon.com", true),
            ("https://console.amazonaws.cn/x", true),
            ("https://console.amazonaws-us-gov.com/x", true),
            ("http://console.aws.amazon.com/", false),
            ("https://console.aws.amazon.com:8443/", false),
            ("https://console.aws.amazon.com@evil.example/", false),
            ("https://console.aws.amazon.com.evil.example/", false),
            ("https://evilaws.amazon.com/", false),
            ("https://evil.example/console.aws.amazon.com/", false),
            ("https://evil.example#.aws.amazon.com/", false),
            ("https://evil.s3.amazonaws.com/login.html", false),
            ("https://x.execute-api.us-east-1.amazonaws.com/", false),
        ] {
            assert_eq!(aws_page(url), yes.then_some(url), "{url}");
        }
    }

    #[test]
    fn an_arn_says_where() {
        let place = |region: &str, account: &str| {
            ((!region.is_empty()).then(|| region.to_owned()), (!account.is_empty()).then(|| account.to_owned()))
        };
        assert_eq!(arn_place("arn:aws:acm:us-east-1:111122223333:certificate/x"), place("us-east-1", "111122223333"));
        assert_eq!(arn_place("arn:aws:s3:::bucket"), place("", ""));
        assert_eq!(arn_place("arn:aws:cloudwatch:us-east-1: 111122223333:alarm:x"), place("us-east-1", "111122223333"));
        assert_eq!(arn_place("i-0123"), place("", ""));
    }
}
