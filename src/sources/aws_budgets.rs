//! AWS Budgets: the plain text that it publishes to SNS. There is no event of it on EventBridge
//! (<https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html>).
//!
//! Values are taken from the key lines (`Budget Name: …`) alone: a budget's name can hold anything but `:` and `\`, the
//! sentence around it too. Only the period stands nowhere but in the sentence, after the name.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{console, from_envelope};
use crate::ingress::{Body, Envelope};
use crate::notification::{Budget, Data, Field, Kind, Label, Link, LinkTo, Notification, Period, Severity, Status, key};

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    let Body::Text(text) = &envelope.body else { return None };
    let from_budgets = text.contains("AWS Budget Notification")
        || envelope.subject.as_deref().is_some_and(|subject| subject.starts_with("AWS Budgets:"));
    if !from_budgets {
        return None;
    }
    let lines = Lines(text);
    let name = lines.value("budget name")?.to_owned();
    let budget = budget(&lines, name.clone());
    // Without either it is a text about a budget, and nobody knows what it says.
    let kind = match (&budget.alert_type, &budget.action_type) {
        (Some(alert), _) if alert == "ACTUAL" => Kind::BudgetActual,
        (Some(alert), _) if alert == "FORECASTED" => Kind::BudgetForecast,
        (None, Some(_)) => Kind::BudgetAction,
        _ => return None,
    };
    let (status, severity) = standing(kind, &budget);
    let mut notification = from_envelope(envelope, kind, status, severity);
    notification.source = "aws.budgets".to_owned();
    notification.account = account(text);
    let date = date(text);
    notification.occurred_at = envelope.time.or_else(|| midnight(date?));
    notification.fields = fields(&budget);
    notification.links.push(link(&name));
    let account = notification.account.clone().unwrap_or_default();
    if let Some(date) = date {
        let about = budget.threshold.as_deref().or(budget.action_type.as_deref()).unwrap_or_default();
        let state = budget.action_state.as_deref().unwrap_or_default();
        notification.dedup_key = key(&["budget", &account, &name, kind.as_str(), about, state, &date.to_string()]);
    }
    notification.thread_key = thread_key(&account, &name);
    notification.subject = Some(name);
    notification.data = Data::Budget(budget);
    Some(notification)
}

/// How a budget stands after news of `kind`: what is spent beyond it weighs most.
pub(super) fn standing(kind: Kind, budget: &Budget) -> (Status, Severity) {
    let over = kind == Kind::BudgetActual && budget.percent_of_budget.is_some_and(|percent| percent >= 100.0);
    (Status::Firing, if over { Severity::Critical } else { Severity::Warning })
}

pub(super) fn thread_key(account: &str, name: &str) -> String {
    key(&["budget", account, name])
}

pub(super) fn link(name: &str) -> Link {
    Link { to: LinkTo::Budget, url: console::budget(name) }
}

fn budget(lines: &Lines, name: String) -> Budget {
    let string = |key| lines.value(key).map(str::to_owned);
    let budgeted_amount = string("budgeted amount");
    let amount = string("actual amount").or_else(|| string("forecasted amount"));
    let money = |amount: &Option<String>| amount.as_deref().and_then(money);
    let percent = money(&amount).zip(money(&budgeted_amount)).filter(|(_, budgeted)| *budgeted > 0.0);
    Budget {
        budget_type: string("budget type"),
        alert_type: string("alert type").map(|alert| alert.to_uppercase()),
        threshold: string("alert threshold"),
        percent_of_budget: percent.map(|(amount, budgeted)| (amount / budgeted * 10_000.0).round() / 100.0),
        period: period(lines.0, &name),
        action_type: string("action type"),
        action_state: string("status"),
        budget_name: name,
        budgeted_amount,
        amount,
    }
}

/// The key lines of the text.
struct Lines<'a>(&'a str);

impl<'a> Lines<'a> {
    /// The value of the first line `key: value`, whatever its case.
    fn value(&self, key: &str) -> Option<&'a str> {
        let of_key = |line: &'a str| {
            let (found, value) = line.split_once(':')?;
            found.trim().eq_ignore_ascii_case(key).then_some(value.trim())
        };
        self.0.lines().find_map(of_key).filter(|value| !value.is_empty())
    }
}

/// An amount of money: a sign before it or a currency's letters, thousands separated by commas, a point before decimals.
///
/// None for what is counted in anything else: gigabytes, percent.
fn money(amount: &str) -> Option<f64> {
    let amount = amount.trim();
    let (negative, unsigned) = amount.strip_prefix('-').map_or((false, amount), |rest| (true, rest));
    let digits = unsigned.trim_start_matches(|char: char| !char.is_ascii_digit() && !matches!(char, '.' | ',' | '%'));
    let currency = unsigned.strip_suffix(digits)?.trim();
    let is_currency = |text: &str| {
        text.chars().count() == 1 && !text.is_ascii()
            || text.ends_with('$')
            || text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
    };
    let (digits, after) = digits.split_once(' ').unwrap_or((digits, ""));
    let has_currency = match (currency, after.trim()) {
        (before, "") => is_currency(before),
        ("", after) => is_currency(after),
        _ => false,
    };
    if !has_currency || !is_amount(digits) {
        return None;
    }
    let value: f64 = digits.replace(',', "").parse().ok()?;
    Some(if negative { -value } else { value })
}

/// Whether the commas stand between thousands and the point before at most two decimals; elsewhere they mean the opposite.
fn is_amount(digits: &str) -> bool {
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped = first.len() <= 3 || !whole.contains(',');
    are_digits(first)
        && grouped
        && groups.all(|group| group.len() == 3 && are_digits(group))
        && decimals.len() <= 2
        && are_digits(decimals)
}

/// What the amount is counted over: the words after the budget's name say so.
fn period(text: &str, name: &str) -> Option<Period> {
    let (_, after) = text.split_once(&format!("your {name} budget ")).or_else(|| text.rsplit_once(" budget is "))?;
    let sentence = after.split('\n').next()?;
    let ends = [
        ("per day", Period::Daily),
        ("current day", Period::Daily),
        ("current month", Period::Monthly),
        ("current quarter", Period::Quarterly),
        ("current year", Period::Annually),
    ];
    ends.iter().find(|(words, _)| sentence.contains(words)).map(|(_, period)| *period)
}

fn account(text: &str) -> Option<String> {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("AWS Account "));
    lines.map(str::trim).find(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned)
}

/// The day that the text is dated: `AWS Budget Notification January 28, 2026`.
fn date(text: &str) -> Option<Date> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("AWS Budget Notification "))?;
    Date::strptime("%B %d, %Y", line.trim()).ok()
}

fn midnight(date: Date) -> Option<Timestamp> {
    date.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp())
}

/// Amounts and threshold stand in the headline and the summary.
pub(super) fn fields(budget: &Budget) -> Vec<Field> {
    let action = Field::code(Label::BudgetAction, budget.action_type.as_deref());
    let state = action.as_ref().and_then(|_| Field::code(Label::State, budget.action_state.as_deref()));
    action.into_iter().chain(state).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]
mod tests {
    use super::*;

    fn mail(name: &str, sentence_end: &str, budgeted: &str, alert: &str, threshold: &str, amount: &str) -> Envelope {
        let text = format!(
            "AWS Budget Notification November 21, 2026\r\nAWS Account 111122223333\r\n\r\nYou asked to be told when the {alert} Cost \
             associated with your {name} budget is greater than {threshold} {sentence_end} It is {amount}.\r\n\r\nBudget Name: {name}\r\n\
             Budget Type: Cost\r\nBudgeted Amount: {budgeted}\r\nAlert Type: {alert}\r\nAlert Threshold: > {threshold}\r\n{alert} Amount: {amount}\r\n"
        );
        Envelope { id: Some("m".into()), ..Envelope::bare(Body::Text(text)) }
    }

    fn read(envelope: &Envelope) -> (Notification, Budget) {
        let notification = decode(envelope).unwrap();
        let Data::Budget(budget) = notification.data.clone() else { panic!("no budget") };
        (notification, budget)
    }

    #[test]
    fn the_share_decides_the_severity_of_an_actual_amount() {
        for (alert, budgeted, amount, percent, severity) in [
            ("ACTUAL", "$100.00", "$99.99", Some(99.99), Severity::Warning),
            ("ACTUAL", "$100.00", "$100.00", Some(100.0), Severity::Critical),
            ("Actual", "$1,500,000.00", "$1,234,567.89", Some(82.3), Severity::Warning),
            ("FORECASTED", "$100.00", "$250.00", Some(250.0), Severity::Warning),
            ("ACTUAL", "$0.00", "$5.00", None, Severity::Warning),
            ("ACTUAL", "100.00 GB", "250.00 GB", None, Severity::Warning),
            ("ACTUAL", "100%", "63.5%", None, Severity::Warning),
            ("ACTUAL", "1.000,00", "2.000,00", None, Severity::Warning),
            ("ACTUAL", "$1.000,00", "$850,00", None, Severity::Warning),
            ("ACTUAL", "¥48,000", "¥96,000", Some(200.0), Severity::Critical),
        ] {
            let (notification, budget) = read(&mail("prod", "for the current month.", budgeted, alert, "$80.00", amount));
            assert_eq!(
                (budget.percent_of_budget.map(|p| p.round()), notification.severity),
                (percent.map(f64::round), severity),
                "{amount} of {budgeted}"
            );
            assert_eq!(budget.amount.as_deref(), Some(amount));
        }
    }

    #[test]
    fn a_name_is_taken_for_no_sentence() {
        let name = "x budget is greater than $1.00 per day <!here>";
        let (notification, budget) = read(&mail(name, "for the current quarter.", "$1.00", "ACTUAL", "$2.00", "$3.00"));
        assert_eq!((budget.budget_name.as_str(), budget.period), (name, Some(Period::Quarterly)));
        assert_eq!((budget.threshold.as_deref(), notification.account.as_deref()), (Some("> $2.00"), Some("111122223333")));
        assert_eq!(notification.occurred_at, Some("2026-11-21T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn a_text_that_names_no_budget_is_nobodys() {
        for text in [
            "AWS Budget Notification: over 80 %",
            "AWS Budget Notification May 1, 2026\nBudget Name: prod\n",
            "Budget Name: prod",
        ] {
            let envelope = Envelope::bare(Body::Text(text.into()));
            assert_eq!(decode(&envelope), None, "{text}");
        }
    }
}
