use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;

use super::*;
use crate::aws::Aws;
use crate::channels::{Attempt, Parcel, kind};
use crate::memory::{Dedupe, Settings};
use crate::notification::{Kind, Prose};
use crate::outcome::{Event, Verdict};
use crate::render::Locale;
use crate::render::specimens::minimal;
use crate::secret::{Env, SecretRef};

/// What a receiver answers, one after the other; the last one to all that follow.
#[derive(Clone)]
struct Script {
    verdicts: Arc<Mutex<VecDeque<Step>>>,
    sent: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone)]
enum Step {
    Say(Verdict),
    Panic,
}

impl Script {
    fn of(steps: impl IntoIterator<Item = Step>) -> Script {
        Script { verdicts: Arc::new(Mutex::new(steps.into_iter().collect())), sent: Arc::default() }
    }

    fn say(&self, steps: impl IntoIterator<Item = Step>) {
        *self.verdicts.lock().unwrap() = steps.into_iter().collect();
    }

    fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().clone()
    }
}

impl Channel for Script {
    fn references(&self) -> Vec<&SecretRef> {
        Vec::new()
    }

    fn send<'a>(&'a self, parcel: &'a Parcel<'a>, _: &'a Outside) -> BoxFuture<'a, Attempt> {
        self.sent.lock().unwrap().push(parcel.payload.to_owned());
        let step = {
            let mut verdicts = self.verdicts.lock().unwrap();
            if verdicts.len() > 1 { verdicts.pop_front() } else { verdicts.front().cloned() }
        };
        Box::pin(async move {
            match step {
                Some(Step::Say(verdict)) => Attempt::answered(verdict, 418),
                Some(Step::Panic) => panic!("a channel of a test"),
                None => Attempt::answered(Verdict::Delivered, 200),
            }
        })
    }
}

/// A desk with receivers by these names, terms and scripts, all of Slack's kind, and its journal in a folder of its own.
struct Office {
    desk: Arc<Desk>,
    folder: PathBuf,
}

impl Office {
    fn new(dedupe: Dedupe, receivers: &[(&str, Terms, &Script)]) -> Office {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("hikyaku-deliver-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let receiver = |(name, terms, script): &(&str, Terms, &Script)| {
            let reader = Reader::new(Locale::En, jiff::tz::TimeZone::UTC);
            let channel = Box::new((*script).clone());
            Arc::new(Receiver { name: (*name).to_owned(), kind: kind("slack").unwrap(), channel, reader, terms: terms.clone() })
        };
        let aws = Arc::new(Aws::default());
        let memory = Memory::new(Settings { dedupe, ..Settings::default() }, Some(folder.join("journal")), Arc::clone(&aws));
        let secrets = Secrets::new(Env::default(), aws);
        let receivers = receivers.iter().map(receiver).collect();
        let (accounts, library, outside) = Default::default();
        Office { desk: Arc::new(Desk::new(accounts, library, secrets, outside, memory, receivers)), folder }
    }

    /// Delivers a fact to `receivers`, in the request `request` that comes `seconds` after the first one.
    async fn deliver(&self, fact: &str, receivers: &[&str], request: &str, seconds: i64) -> Report {
        let job = |name: &&str| Job {
            request: Some(Request { id: request.into(), copy: 0 }),
            ..Job::new(Arc::new(notification(fact)), Arc::clone(self.desk.receiver(name).unwrap()), None)
        };
        let schedule = schedule(seconds, 5);
        let mut report = deliver(receivers.iter().map(job).collect(), &self.desk, schedule).await;
        tell_of_refusals(&self.desk, schedule, &mut report.incidents).await;
        report
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn schedule(seconds: i64, time: u64) -> Schedule {
    let started = Instant::now();
    let now = Timestamp::from_second(1_795_000_000 + seconds).unwrap();
    Schedule { now, started, until: started + Duration::from_secs(time) }
}

fn notification(fact: &str) -> Notification {
    Notification {
        subject: Some(format!("Nightly export {fact}")),
        description: vec![Prose::plain("It wrote 1,204 rows. ".repeat(40))],
        dedup_key: fact.to_owned(),
        thread_key: fact.to_owned(),
        ..minimal(Kind::Text)
    }
}

fn rejected(reason: Reason) -> Step {
    Step::Say(Verdict::Rejected { reason })
}

fn busy() -> Step {
    Step::Say(Verdict::Retry { reason: Reason::ServerError, after: Some(Duration::ZERO) })
}

fn after(seconds: u64) -> Step {
    Step::Say(Verdict::Retry { reason: Reason::RateLimited, after: Some(Duration::from_secs(seconds)) })
}

/// `ops rejected auth_error 1`: receiver, outcome, reason, attempts.
fn endings(report: &Report) -> Vec<String> {
    let ending = |outcome: &Outcome| {
        let word = |value: serde_json::Value| value.as_str().unwrap().to_owned();
        let reason = outcome.reason.map(|reason| format!(" {reason}")).unwrap_or_default();
        let ending = word(serde_json::to_value(outcome.ending).unwrap());
        format!("{} {ending}{reason} {}", outcome.receiver.as_deref().unwrap_or("nobody"), outcome.attempts)
    };
    report.outcomes.iter().map(ending).collect()
}

fn incidents(report: &Report) -> Vec<Event> {
    report.incidents.iter().map(|incident| incident.incident).collect()
}

fn fallback(name: &str) -> Terms {
    Terms { fallback: Some(name.to_owned()), ..Terms::default() }
}

#[tokio::test]
async fn f45_a_panic_in_one_channel_stays_there() {
    let (broken, good) = (Script::of([Step::Panic]), Script::of([]));
    let office = Office::new(Dedupe::Fact, &[("ops", Terms::default(), &broken), ("log", Terms::default(), &good)]);
    let report = office.deliver("a", &["ops", "log"], "r", 0).await;
    assert_eq!(endings(&report), ["ops retry other 0", "log delivered 1"]);
    assert!(!report.complete());
    broken.say([]);
    let report = office.deliver("a", &["ops", "log"], "r", 60).await;
    assert_eq!(endings(&report), ["ops delivered 1", "log skipped duplicate 0"]);
}

#[tokio::test]
async fn f05_who_asks_for_more_time_than_there_is_is_left_alone() {
    let script = Script::of([after(3600)]);
    let office = Office::new(Dedupe::Fact, &[("ops", Terms::default(), &script)]);
    let began = Instant::now();
    assert_eq!(endings(&office.deliver("a", &["ops"], "r", 0).await), ["ops retry rate_limited 1"]);
    assert_eq!(endings(&office.deliver("b", &["ops"], "s", 1).await), ["ops retry rate_limited 0"], "nor hammered");
    assert!(began.elapsed() < Duration::from_secs(3), "nobody sleeps for nothing");
    script.say([]);
    assert_eq!(endings(&office.deliver("b", &["ops"], "s", 31).await), ["ops delivered 1"]);
}

#[tokio::test]
async fn f06_nobody_waits_longer_than_half_a_minute() {
    let script = Script::of([after(31)]);
    let office = Office::new(Dedupe::Fact, &[("ops", Terms::default(), &script)]);
    let job = Job::new(Arc::new(notification("a")), Arc::clone(office.desk.receiver("ops").unwrap()), None);
    let began = Instant::now();
    let report = deliver(vec![job], &office.desk, schedule(0, 600)).await;
    assert_eq!((endings(&report), began.elapsed().as_secs()), (vec!["ops retry rate_limited 1".to_owned()], 0));
}

#[tokio::test]
async fn f10_a_receiver_that_refuses_us_is_tried_once_and_told_of_once_in_an_hour() {
    let (broken, good) = (Script::of([rejected(Reason::AuthError)]), Script::of([]));
    let office = Office::new(Dedupe::Fact, &[("ops", Terms::default(), &broken), ("log", Terms::default(), &good)]);
    let report = office.deliver("0", &["ops"], "0", 0).await;
    assert_eq!(endings(&report), ["ops rejected auth_error 1"]);
    assert_eq!(incidents(&report), [Event::Quarantined, Event::NoticeSent]);
    for number in 1..50 {
        let report = office.deliver(&number.to_string(), &["ops"], &number.to_string(), number).await;
        assert_eq!((endings(&report), incidents(&report)), (vec!["ops rejected quarantined 0".to_owned()], vec![]), "{number}");
    }
    assert_eq!(broken.sent().len(), 1);
    let [notice] = &good.sent()[..] else { panic!("{:?}", good.sent()) };
    for words in ["Notifications do not reach ops", "status 418", "2026-11-18", "hikyaku replay"] {
        assert!(notice.contains(words), "{words}: {notice}");
    }
    // An hour later it is tried again, and told of again.
    let report = office.deliver("50", &["ops"], "50", 3601).await;
    assert_eq!((endings(&report), good.sent().len()), (vec!["ops rejected auth_error 1".to_owned()], 2));
    // Once it takes them, all is well.
    broken.say([]);
    assert_eq!(endings(&office.deliver("51", &["ops"], "51", 7300).await), ["ops delivered 1"]);
    assert_eq!((broken.sent().len(), good.sent().len()), (3, 2));
}

#[tokio::test]
async fn a_notice_goes_to_the_fallback_first_and_causes_none_itself() {
    let (ops, log, spare) =
        (Script::of([rejected(Reason::AuthError)]), Script::of([]), Script::of([rejected(Reason::AuthError)]));
    let receivers = [("log", Terms::default(), &log), ("ops", fallback("spare"), &ops), ("spare", Terms::default(), &spare)];
    let office = Office::new(Dedupe::Fact, &receivers);
    // The fallback takes the message, and not the notice.
    spare.say([Step::Say(Verdict::Delivered), rejected(Reason::AuthError)]);
    let report = office.deliver("a", &["ops"], "r", 0).await;
    assert_eq!(endings(&report), ["ops rejected auth_error 1", "spare delivered 1"]);
    assert_eq!(incidents(&report), [Event::Quarantined, Event::NoticeSent]);
    assert_eq!((ops.sent().len(), spare.sent().len(), log.sent().len()), (1, 2, 1));
    assert!(log.sent()[0].contains("do not reach ops"));
    // Nobody is told of the one that did not take the notice, before a message is refused too.
    let report = office.deliver("b", &["log"], "s", 1).await;
    assert_eq!((incidents(&report), log.sent().len()), (vec![], 2));
    // With nobody to tell, that is said once.
    let alone = Office::new(Dedupe::Fact, &[("ops", Terms::default(), &Script::of([rejected(Reason::AuthError)]))]);
    assert_eq!(incidents(&alone.deliver("a", &["ops"], "r", 0).await), [Event::Quarantined, Event::NoticeFailed]);
    assert_eq!(incidents(&alone.deliver("b", &["ops"], "s", 1).await), []);
}

#[tokio::test]
async fn f11_and_f12_who_refuses_the_form_gets_a_plain_one_and_whom_it_is_too_much_half_of_it() {
    for (verdict, most) in [(Verdict::Malformed, 1.0), (Verdict::TooMuch, 0.5)] {
        let script = Script::of([Step::Say(verdict.clone()), Step::Say(Verdict::Delivered)]);
        let office = Office::new(Dedupe::Fact, &[("ops", Terms::default(), &script)]);
        let report = office.deliver("a", &["ops"], "r", 0).await;
        assert_eq!(endings(&report), ["ops delivered template 2"], "{verdict:?}");
        let [rich, plain] = &script.sent()[..] else { panic!("{:?}", script.sent()) };
        assert!(rich.contains("blocks") && !plain.contains("blocks") && plain.contains("Nightly export a"), "{plain}");
        assert!(plain.chars().count() as f64 <= rich.chars().count() as f64 * most, "{verdict:?}");
        // Whoever refuses that too gets no third one.
        script.say([Step::Say(verdict.clone())]);
        let report = office.deliver("b", &["ops"], "s", 0).await;
        assert_eq!((endings(&report), script.sent().len()), (vec!["ops rejected payload 2".to_owned()], 4), "{verdict:?}");
    }
}

#[tokio::test]
async fn what_a_receiver_rejects_goes_to_its_fallback_with_a_word_for_whom_it_was() {
    let scripts = [Script::of([rejected(Reason::ClientError)]), Script::of([rejected(Reason::Payload)]), Script::of([])];
    let [ops, spare, last] = &scripts;
    let receivers = [("ops", fallback("spare"), ops), ("spare", fallback("last"), spare), ("last", Terms::default(), last)];
    let office = Office::new(Dedupe::Fact, &receivers);
    let report = office.deliver("a", &["ops"], "r", 0).await;
    assert_eq!(endings(&report), ["ops rejected client_error 1", "spare rejected payload 1", "last delivered 1"]);
    assert!(report.complete() && last.sent()[0].contains("meant for ops"), "{:?}", last.sent());
    // A retry sends nothing.
    assert_eq!(endings(&office.deliver("a", &["ops"], "r", 60).await), ["ops skipped duplicate 0"]);
    // Who has it already on its own account does not get it twice.
    assert_eq!(endings(&office.deliver("b", &["last"], "s", 61).await), ["last delivered 1"]);
    let report = office.deliver("b", &["ops"], "s", 62).await;
    assert_eq!(endings(&report)[2], "last skipped duplicate 0");
    assert!(report.complete());
    // A fallback that is out for now is one to come back to; one that rejects leaves the first rejection.
    last.say([busy()]);
    let report = office.deliver("c", &["ops"], "t", 63).await;
    let open: Vec<_> = report.undelivered().map(|outcome| outcome.receiver.as_deref().unwrap()).collect();
    assert_eq!((endings(&report)[2].as_str(), open), ("last retry server_error 3", vec!["last"]));
    last.say([rejected(Reason::ClientError)]);
    let report = office.deliver("d", &["ops"], "u", 64).await;
    let open: Vec<_> = report.undelivered().map(|outcome| outcome.receiver.as_deref().unwrap()).collect();
    assert_eq!(open, ["ops"]);
}

#[tokio::test]
async fn f17_what_may_have_arrived_is_sent_again_or_kept_as_the_receiver_says() {
    for (ambiguous, ends) in [(Ambiguity::Retry, "ops retry ambiguous 3"), (Ambiguity::Keep, "ops rejected ambiguous 1")] {
        let (script, spare) = (Script::of([Step::Say(Verdict::Ambiguous)]), Script::of([]));
        let terms = Terms { ambiguous, ..fallback("spare") };
        let office = Office::new(Dedupe::Fact, &[("ops", terms, &script), ("spare", Terms::default(), &spare)]);
        let report = office.deliver("a", &["ops"], "r", 0).await;
        assert_eq!((endings(&report), report.complete()), (vec![ends.to_owned()], false));
        assert_eq!(spare.sent().len(), 0, "what may be there goes nowhere else");
    }
}

#[tokio::test]
async fn f09_a_message_that_may_have_arrived_before_is_counted() {
    let script = Script::of([Step::Say(Verdict::Ambiguous), Step::Say(Verdict::Delivered)]);
    let office = Office::new(Dedupe::Fact, &[("ops", Terms::default(), &script)]);
    let report = office.deliver("a", &["ops"], "r", 0).await;
    assert_eq!((endings(&report), incidents(&report)), (vec!["ops delivered 2".to_owned()], vec![Event::PossibleDuplicate]));
    let report = office.deliver("b", &["ops"], "s", 1).await;
    assert_eq!((endings(&report), incidents(&report)), (vec!["ops delivered 1".to_owned()], vec![]));
}

#[tokio::test]
async fn f50_what_exceeds_the_rate_waits_or_comes_back_and_none_is_dropped() {
    let script = Script::of([]);
    let terms = Terms { rate: Some(Rate { per_second: 2.0, burst: 3 }), ..Terms::default() };
    let office = Office::new(Dedupe::Fact, &[("ops", terms, &script)]);
    let facts: Vec<String> = (0..12).map(|fact| fact.to_string()).collect();
    let mut missing = facts.clone();
    let mut rounds = 0;
    let began = Instant::now();
    while !missing.is_empty() {
        let job = |fact: &String| Job {
            request: Some(Request { id: "r".into(), copy: 0 }),
            ..Job::new(Arc::new(notification(fact)), Arc::clone(office.desk.receiver("ops").unwrap()), None)
        };
        let now = i64::try_from(began.elapsed().as_secs()).unwrap();
        let report = deliver(missing.iter().map(job).collect(), &office.desk, schedule(now, 2)).await;
        let late = report.undelivered().inspect(|late| assert_eq!(late.reason, Some(Reason::RateLimited)));
        missing = late.map(|outcome| outcome.dedup_key.clone()).collect();
        rounds += 1;
    }
    assert_eq!(script.sent().len(), facts.len());
    assert!(rounds > 1, "2 seconds are not enough for all");
    // The burst, and two each second.
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test]
async fn f51_after_an_outage_a_receiver_is_not_stormed() {
    let script = Script::of([busy()]);
    let office = Office::new(Dedupe::Fact, &[("ops", Terms::default(), &script)]);
    let mut opened = 0;
    for number in 0..200 {
        let report = office.deliver(&number.to_string(), &["ops"], &number.to_string(), 0).await;
        assert!(!report.complete(), "a rest is no success");
        opened += incidents(&report).iter().filter(|event| **event == Event::CircuitOpened).count();
    }
    assert_eq!((script.sent().len(), opened), (15, 1), "five messages, three times each");
    script.say([]);
    for number in 0..200 {
        let report = office.deliver(&number.to_string(), &["ops"], &number.to_string(), 31).await;
        assert!(report.complete(), "{number}");
    }
    assert_eq!(script.sent().len(), 215);
}

#[tokio::test]
async fn f32_a_fact_is_told_once_in_a_day() {
    let script = Script::of([]);
    let office = Office::new(Dedupe::Fact, &[("ops", Terms::default(), &script)]);
    const HOUR: i64 = 3600;
    for (seconds, ends) in [
        (0, "ops delivered 1"),
        (60, "ops skipped duplicate 0"),
        (23 * HOUR, "ops skipped duplicate 0"),
        (25 * HOUR, "ops delivered 1"),
        (48 * HOUR, "ops skipped duplicate 0"),
    ] {
        assert_eq!(endings(&office.deliver("a", &["ops"], &seconds.to_string(), seconds).await), [ends], "{seconds}");
    }
}

#[tokio::test]
async fn without_dedupe_only_the_same_request_is_not_told_again() {
    let (ops, log) = (Script::of([]), Script::of([busy()]));
    let office = Office::new(Dedupe::None, &[("ops", Terms::default(), &ops), ("log", Terms::default(), &log)]);
    let first = office.deliver("a", &["ops", "log"], "r", 0).await;
    assert_eq!(endings(&first), ["ops delivered 1", "log retry server_error 3"]);
    log.say([]);
    assert_eq!(endings(&office.deliver("a", &["ops", "log"], "r", 60).await), ["ops skipped duplicate 0", "log delivered 1"]);
    assert_eq!(endings(&office.deliver("a", &["ops", "log"], "s", 61).await), ["ops delivered 1", "log delivered 1"]);
}
