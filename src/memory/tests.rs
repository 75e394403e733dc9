use super::*;
use crate::notification::{Certificate, Health};
use crate::render::specimens::minimal;

const NOW: Timestamp = Timestamp::constant(1_795_246_200, 0);

fn memory(dedupe: Dedupe) -> Memory {
    Memory::new(Settings { dedupe, ..Settings::default() }, Some(PathBuf::from("/nonexistent/journal")), Arc::default())
}

fn notification(kind: Kind, data: Data, dedup_key: &str) -> Notification {
    Notification { kind, data, dedup_key: dedup_key.to_owned(), ..minimal(kind) }
}

fn expiring(days_left: Option<i64>, health: Option<Health>) -> Notification {
    let certificate = Certificate { days_left, health, ..Certificate::default() };
    notification(Kind::CertificateExpiring, Data::Certificate(Box::new(certificate)), &format!("acm|{days_left:?}"))
}

fn request(request: &str, copy: usize) -> Request {
    Request { id: request.into(), copy }
}

#[test]
fn f69_a_key_is_of_names_and_content() {
    let fact = |key: &str| notification(Kind::Text, Data::None {}, key);
    let digest =
        |memory: &Memory, receiver: &str, told: &Notification, request: Request| memory.key(receiver, told, &request, NOW).digest;
    let (by_fact, by_request) = (memory(Dedupe::Fact), memory(Dedupe::None));
    let told = digest(&by_fact, "ops", &fact("a"), request("r", 0));
    assert_eq!(told, digest(&by_fact, "ops", &fact("a"), request("s", 1)), "a fact is a fact");
    assert_ne!(told, digest(&by_fact, "log", &fact("a"), request("r", 0)));
    assert_ne!(told, digest(&by_fact, "ops", &fact("b"), request("r", 0)));
    let told = digest(&by_request, "ops", &fact("a"), request("r", 0));
    assert_eq!(told, digest(&by_request, "ops", &fact("a"), request("r", 0)), "a retry keeps the request");
    for (receiver, key, request) in [
        ("ops", "a", request("s", 0)),
        ("ops", "a", request("r", 1)),
        ("ops", "b", request("r", 0)),
        ("log", "a", request("r", 0)),
    ] {
        assert_ne!(told, digest(&by_request, receiver, &fact(key), request));
    }
}

#[tokio::test]
async fn a_coming_expiry_is_told_by_the_rungs_of_its_ladder() {
    for dedupe in [Dedupe::Fact, Dedupe::None] {
        let memory = memory(dedupe);
        let mut told = Vec::new();
        for days_left in (-2..=45).rev() {
            let now = NOW.checked_add(SignedDuration::from_hours(24) * (45 - i32::try_from(days_left).unwrap())).unwrap();
            let key = memory.key("ops", &expiring(Some(days_left), None), &request(&days_left.to_string(), 0), now);
            match memory.claim(&key, now, now, &mut Vec::new()).await {
                Claim::Free => {
                    memory.delivered(&key, now, &mut Vec::new()).await;
                    told.push(days_left);
                }
                claim => assert_eq!((claim, key.reason), (Claim::Delivered, Reason::Ladder), "{days_left}"),
            }
        }
        assert_eq!(told, [45, 30, 14, 7, 3, 2, 1, 0, -1, -2], "{dedupe:?}");
    }
}

#[test]
fn the_ladder_is_for_the_daily_word_alone() {
    let memory = memory(Dedupe::Fact);
    let reason = |told: Notification| memory.key("ops", &told, &request("r", 0), NOW).reason;
    assert_eq!(reason(expiring(Some(9), None)), Reason::Ladder);
    for told in [expiring(None, None), expiring(Some(0), None), expiring(Some(9), Some(Health::default()))] {
        assert_eq!(reason(told), Reason::Duplicate);
    }
    let failed = Notification { kind: Kind::CertificateRenewalFailed, ..expiring(Some(9), None) };
    assert_eq!(reason(failed), Reason::Duplicate);
}

#[tokio::test]
async fn what_is_kept_is_not_tried_again_in_the_same_request() {
    let memory = memory(Dedupe::Fact);
    let fact = notification(Kind::Text, Data::None {}, "a");
    memory.kept("r", "ops", "a", NOW, &mut Vec::new());
    for (receiver, id, expected) in [("ops", "r", Claim::Kept), ("ops", "s", Claim::Free), ("log", "r", Claim::Free)] {
        let key = memory.key(receiver, &fact, &request(id, 0), NOW);
        assert_eq!(memory.claim(&key, NOW, NOW, &mut Vec::new()).await, expected, "{receiver} {id}");
    }
}
