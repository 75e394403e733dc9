//! Addresses in the AWS console, built from escaped parts. Seen in public use, not promised by AWS: a message is whole
//! without them.

/// The page of an ACM certificate.
pub(super) fn certificate(arn: &str) -> Option<String> {
    let (_, id) = arn.split_once(":certificate/")?;
    let (region, _) = super::read::arn_place(arn);
    let region = region.filter(|region| is_region(region))?;
    Some(format!("https://{region}.{}/acm/home?region={region}#/certificates/{}", regional_host(arn), escape(id)))
}

/// The page of an AWS Health event. `view` is `account` or `organization`, `list` the dashboard's list it stands in.
pub(super) fn health_event(event_arn: &str, view: &str, list: &str) -> String {
    let host = regional_host(event_arn);
    format!("https://health.{host}/health/home#/{view}/dashboard/{list}?eventID={}", escape(event_arn))
}

/// The page of a budget.
pub(super) fn budget(name: &str) -> String {
    format!("https://us-east-1.console.aws.amazon.com/costmanagement/home#/budgets/details?name={}", escape(name))
}

/// The page of a CloudWatch alarm.
pub(super) fn alarm(arn: &str, name: &str) -> Option<String> {
    let (region, _) = super::read::arn_place(arn);
    let region = region.filter(|region| is_region(region))?;
    Some(format!("https://{region}.{}/cloudwatch/home?region={region}#alarmsV2:alarm/{}", regional_host(arn), escape(name)))
}

/// The page of a GuardDuty finding.
pub(super) fn guardduty_finding(region: &str, id: &str) -> Option<String> {
    is_region(region).then(|| {
        format!("https://{region}.console.aws.amazon.com/guardduty/home?region={region}#/findings?search=id%3D{}", escape(id))
    })
}

/// A page by its address, in which `{region}` is the Region, `{console}` the console's host in its partition, and each `{}` the
/// next of `parts`.
pub(super) fn page(address: &str, region: &str, parts: &[String]) -> Option<String> {
    let host = match region {
        _ if region.starts_with("cn-") => "console.amazonaws.cn",
        _ if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    let address = is_region(region).then(|| address.replace("{region}", region).replace("{console}", host))?;
    let mut pieces = address.split("{}");
    let first = pieces.next()?.to_owned();
    Some(pieces.zip(parts).fold(first, |page, (piece, part)| page + &escape(part) + piece))
}

/// Whether `region` can stand in a host name without changing whose host it is.
fn is_region(region: &str) -> bool {
    !region.is_empty() && region.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// The console's host in the partition of `arn`.
fn regional_host(arn: &str) -> &'static str {
    match arn.split(':').nth(1) {
        Some("aws-cn") => "console.amazonaws.cn",
        Some("aws-us-gov") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    }
}

/// `part` percent-encoded but for the characters that stand for themselves anywhere in an address.
fn escape(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_land_on_the_thing_and_carry_nothing_else() {
        assert_eq!(
            certificate("arn:aws:acm:ap-northeast-1:111122223333:certificate/12-ab").as_deref(),
            Some("https://ap-northeast-1.console.aws.amazon.com/acm/home?region=ap-northeast-1#/certificates/12-ab")
        );
        assert_eq!(
            certificate("arn:aws-cn:acm:cn-north-1:1:certificate/a b").as_deref(),
            Some("https://cn-north-1.console.amazonaws.cn/acm/home?region=cn-north-1#/certificates/a%20b")
        );
        assert_eq!(certificate("arn:aws:acm"), None);
        assert_eq!(certificate("arn:aws:acm:evil.example/:1:certificate/x"), None, "a Region never makes another host");
        let name = "x|y> <!channel> 予算";
        assert!(budget(name).ends_with("?name=x%7Cy%3E%20%3C%21channel%3E%20%E4%BA%88%E7%AE%97"), "{}", budget(name));
    }
}
