//! Security findings over EventBridge: GuardDuty, Security Hub, IAM Access Analyzer. What each of them writes stands in a
//! file of its own; here is what they have in common.
//!
//! Malware scan results (`services::malware_scans`), Security Hub's insights and access previews are no findings.

mod access_analyzer;
mod guardduty;
mod security_hub;

use std::collections::HashSet;

use super::{console, from_envelope};
use crate::ingress::{Body, Envelope, Event};
use crate::notification::{
    Data, Field, FieldValue, Finding, Kind, Label, Link, LinkTo, Notification, Prose, Severity, Status, key,
};

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    let Body::Event(event) = &envelope.body else { return None };
    let finder = Finder::of(event)?;
    let found = match finder {
        Finder::GuardDuty => vec![guardduty::finding(&event.detail)],
        Finder::SecurityHub => security_hub::findings(&event.detail),
        Finder::AccessAnalyzer => vec![access_analyzer::finding(&event.detail)],
    };
    // The first of the worst; what is over weighs less than anything that is not.
    let worst = found.iter().rev().max_by_key(|found| (!found.is_over, found.severity))?;
    let (status, severity) = if worst.is_over { (Status::Resolved, Severity::Info) } else { (Status::Firing, worst.severity) };
    let mut notification = from_envelope(envelope, Kind::Finding, status, severity);
    worst.fill(&mut notification);
    notification.fields.extend(all_titles(&found));
    let resources = distinct(found.iter().flat_map(|found| &found.resources));
    if !resources.is_empty() {
        notification.resources = resources;
    }
    // Pressing the button is a fact of its own: its event's id says which.
    let is_pressed = event.detail_type.ends_with("Custom Action");
    if let Some(key) = dedup_key(finder, &found).filter(|_| !is_pressed) {
        notification.dedup_key = key;
    }
    notification.data = Data::Finding(worst.data());
    Some(notification)
}

/// Who sent the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finder {
    GuardDuty,
    SecurityHub,
    AccessAnalyzer,
}

impl Finder {
    fn of(event: &Event) -> Option<Finder> {
        let name = event.detail_type.as_str();
        let finder = match name {
            "GuardDuty Finding" => Finder::GuardDuty,
            "Findings Imported V2" | "Security Findings - Custom Action" => Finder::SecurityHub,
            _ if name.starts_with("Security Hub Findings") => Finder::SecurityHub,
            _ if name.contains("Access") && name.contains("Finding") => Finder::AccessAnalyzer,
            _ => return None,
        };
        // Events made by hand lack it.
        event.source.as_deref().is_none_or(|source| source == finder.source()).then_some(finder)
    }

    fn source(self) -> &'static str {
        match self {
            Finder::GuardDuty => "aws.guardduty",
            Finder::SecurityHub => "aws.securityhub",
            Finder::AccessAnalyzer => "aws.access-analyzer",
        }
    }
}

/// A finding, whatever the format it came in.
#[derive(Debug)]
struct Found {
    id: Option<String>,
    /// What tells this state of it from any other: none if it is not told how new it is.
    version: Option<String>,
    title: Option<String>,
    description: Option<String>,
    finding_type: Option<String>,
    product: String,
    /// As the product gives it.
    severity_label: Option<String>,
    severity: Severity,
    is_over: bool,
    account: Option<String>,
    region: Option<String>,
    resources: Vec<String>,
    /// How often it was seen.
    count: Option<u64>,
    /// What this product alone tells.
    fields: Vec<Field>,
    /// How to mend it.
    remediation: Option<String>,
}

impl Found {
    /// A finding of `product` of which nothing is known.
    fn by(product: &str) -> Found {
        Found {
            id: None,
            version: None,
            title: None,
            description: None,
            finding_type: None,
            product: product.to_owned(),
            severity_label: None,
            severity: Severity::Warning,
            is_over: false,
            account: None,
            region: None,
            resources: Vec::new(),
            count: None,
            fields: Vec::new(),
            remediation: None,
        }
    }

    fn fill(&self, notification: &mut Notification) {
        // It becomes a headline.
        notification.subject = self.title.as_deref().map(|title| title.trim_end_matches('.').to_owned());
        notification.description = self.description.iter().map(Prose::plain).collect();
        notification.account = self.account.clone().or(notification.account.take());
        notification.region = self.region.clone().or(notification.region.take());
        notification.fields.clone_from(&self.fields);
        notification.fields.extend(self.type_field());
        let remediation = self.remediation.clone().map(|url| Link { to: LinkTo::Remediation, url });
        let page = self.id.as_deref().and_then(|id| link(&self.product, id, notification.region.as_deref()));
        notification.links = page.into_iter().chain(remediation).collect();
        if let Some(id) = &self.id {
            notification.thread_key = thread_key(notification.account.as_deref().unwrap_or_default(), id);
        }
    }

    /// GuardDuty's types are names, Security Hub's are words.
    fn type_field(&self) -> Option<Field> {
        match self.finding_type.as_deref() {
            Some(words) if words.contains(' ') => Field::text(Label::FindingType, Some(words)),
            name => Field::code(Label::FindingType, name),
        }
    }

    fn data(&self) -> Finding {
        Finding {
            finding_id: self.id.clone(),
            finding_type: self.finding_type.clone(),
            product: self.product.clone(),
            severity_label: self.severity_label.clone(),
            resource: self.resources.first().cloned(),
            count: self.count,
        }
    }
}

/// The finding in GuardDuty's console, also if it came by way of Security Hub.
pub(super) fn link(product: &str, id: &str, region: Option<&str>) -> Option<Link> {
    let (region, id) = match guardduty::place_and_id(id) {
        Some(found) => found,
        None if product == guardduty::PRODUCT => (region?.to_owned(), id),
        None => return None,
    };
    // The other partitions have consoles of their own.
    let is_elsewhere = ["cn-", "us-gov-", "us-iso"].iter().any(|prefix| region.starts_with(prefix));
    let url = if is_elsewhere { None } else { console::guardduty_finding(&region, id) };
    url.map(|url| Link { to: LinkTo::Finding, url })
}

pub(super) fn thread_key(account: &str, id: &str) -> String {
    let id = guardduty::place_and_id(id).map_or(id, |(_, id)| id);
    key(&["finding", account, id])
}

/// How grave a finding is by its label: GuardDuty's number or Security Hub's word; Access Analyzer has none.
pub(super) fn severity(label: Option<&str>) -> Severity {
    let number = label.and_then(|label| label.trim().parse().ok());
    number.map(guardduty::severity).or_else(|| security_hub::of_label(label?)).unwrap_or(Severity::Warning)
}

/// What else came with it: an event of several findings names them all.
fn all_titles(found: &[Found]) -> Option<Field> {
    let titles: Vec<String> = found.iter().filter_map(|found| found.title.clone().or_else(|| found.id.clone())).collect();
    (titles.len() > 1).then(|| Field::new(Label::Findings, FieldValue::Texts(titles)))
}

/// The same finding in the same state, however often and by whatever way it is told.
fn dedup_key(finder: Finder, found: &[Found]) -> Option<String> {
    let mut parts = vec!["finding", finder.source()];
    for found in found {
        parts.extend([found.id.as_deref()?, found.version.as_deref()?]);
    }
    Some(key(&parts))
}

/// What was `told` of how new it is, with the `state` it is in; none if nothing was told.
fn version(told: &[Option<String>], state: &[Option<String>]) -> Option<String> {
    let parts: Vec<&str> = told.iter().chain(state).map(|part| part.as_deref().unwrap_or_default()).collect();
    told.iter().any(Option::is_some).then(|| parts.join("/"))
}

fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(text.as_str())).cloned().collect()
}

#[cfg(test)]
mod tests;
