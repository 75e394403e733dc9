//! How receivers are served, what is remembered of that, and where failures rest.

use std::sync::Arc;

use super::{Loader, tree};
use crate::channels::{ChannelKind, Rate};
use crate::deliver::{Ambiguity, Receiver, Terms};
use crate::memory::{Dedupe, Ladder, LedgerSettings, Settings};
use crate::secret::Env;

impl Loader {
    /// What is remembered; the ledger's table is named by the environment where the configuration names none.
    pub(super) fn memory(&mut self, env: &Env) -> Settings {
        let table = env.get(LEDGER_TABLE).map(str::trim).filter(|table| !table.is_empty());
        Settings {
            dedupe: self.read::<Dedupe>("/dedupe").unwrap_or_default(),
            ladder: self.read::<Ladder>("/expiry_ladder").unwrap_or_default(),
            ledger: self.read::<LedgerSettings>("/ledger").or_else(|| table.map(LedgerSettings::of)),
        }
    }

    pub(super) fn terms(&mut self, base: &str, kind: &ChannelKind) -> Terms {
        // A channel's rate is that of its own hosts; who else speaks its format has one that only its owner knows.
        let widened = |key: &str| self.tree.has(&format!("{base}/{}/{key}", kind.profile.channel));
        let is_elsewhere = widened("allow_hosts") || widened("allow_insecure_loopback");
        Terms {
            fallback: self.read::<String>(&format!("{base}/fallback")),
            rate: self.read::<Rate>(&format!("{base}/rate")).or(kind.rate.filter(|_| !is_elsewhere)),
            ambiguous: self.read::<Ambiguity>(&format!("{base}/ambiguous")).unwrap_or_default(),
        }
    }

    /// The queue's URL, in the environment where the configuration names none: a stack knows it, a file need not.
    pub(super) fn failure_queue(&mut self, env: &Env) -> Option<String> {
        let named = self.read::<String>("/failure_queue");
        let url = named.or_else(|| env.get(FAILURE_QUEUE_URL).map(str::to_owned)).filter(|url| !url.trim().is_empty())?;
        let url = url.trim().to_owned();
        let is_queue = url::Url::parse(&url).is_ok_and(|url| url.path_segments().is_some_and(|parts| parts.count() == 2));
        if !is_queue {
            let text = "is no queue's URL such as https://sqs.ap-northeast-1.amazonaws.com/111122223333/failures";
            self.error("/failure_queue", text);
        }
        Some(url)
    }

    /// Checks what one receiver says about others.
    pub(super) fn check_terms(&mut self, receivers: &[Arc<Receiver>], has_queue: bool) {
        let names = self.tree.keys("/receivers");
        let fallback = |name: &str| {
            receivers.iter().find(|receiver| receiver.name == name).and_then(|receiver| receiver.terms.fallback.as_deref())
        };
        for receiver in receivers {
            let base = format!("/receivers/{}", tree::escape(&receiver.name));
            if receiver.terms.ambiguous == Ambiguity::Keep && !has_queue {
                let help = "Set `failure_queue`, or $FAILURE_QUEUE_URL where this runs.";
                self.error_with_help(&format!("{base}/ambiguous"), "needs a `failure_queue` to keep it in", help);
            }
            let Some(next) = receiver.terms.fallback.as_deref() else { continue };
            let pointer = format!("{base}/fallback");
            if !names.iter().any(|name| name == next) {
                self.no_receiver(&pointer, next);
                continue;
            }
            let mut chain = vec![receiver.name.as_str()];
            let mut last = next;
            while !chain.contains(&last) {
                chain.push(last);
                match fallback(last) {
                    Some(next) => last = next,
                    None => break,
                }
            }
            if last == receiver.name {
                chain.push(last);
                let text = format!("leads back to itself: {}", chain.join(" → "));
                self.error_with_help(
                    &pointer,
                    text,
                    "The last one of a chain has no `fallback`; the failure queue keeps what it rejects.",
                );
            }
        }
    }
}

/// Names the failure queue where the configuration does not.
const FAILURE_QUEUE_URL: &str = "FAILURE_QUEUE_URL";
/// Names the ledger's table where the configuration does not.
const LEDGER_TABLE: &str = "LEDGER_TABLE";
