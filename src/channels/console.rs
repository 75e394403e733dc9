//! This process's own output: for trying out, and for a function's log.

use std::io::Write;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Attempt, Channel, ChannelKind, Console, Fault, Outside, Parcel, settings};
use crate::outcome::{Reason, Verdict};
use crate::render::{Caps, Profile, Unit};
use crate::secret::SecretRef;
use crate::template::{Escaping, TextForm};

pub(super) const KIND: ChannelKind = ChannelKind {
    profile: Profile {
        channel: "console",
        written: "text",
        escaping: Escaping { text: TextForm::Plain, json: false },
        caps: Caps::DEFAULT,
        unit: Unit::Bytes,
        limit: 64 * 1024,
        payload: |text| Some(text.trim_end().to_owned().into()),
    },
    configure,
    env: None,
    rate: None,
    preview: str::to_owned,
};

/// Nothing, or `{}`: there is nothing to set.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "nothing, or an empty mapping")]
#[schemars(extend("type" = ["null", "object"]))]
pub(super) struct Settings {}

struct ConsoleChannel;

fn configure(value: Value) -> Result<Box<dyn Channel>, Fault> {
    settings::<Settings>(value).map(|Settings {}| Box::new(ConsoleChannel) as Box<dyn Channel>)
}

impl Channel for ConsoleChannel {
    fn references(&self) -> Vec<&SecretRef> {
        Vec::new()
    }

    fn send<'a>(&'a self, parcel: &'a Parcel<'a>, outside: &'a Outside) -> BoxFuture<'a, Attempt> {
        let written = match outside.console {
            Console::Output => writeln!(std::io::stdout().lock(), "{}", parcel.payload),
            Console::Error => writeln!(std::io::stderr().lock(), "{}", parcel.payload),
        };
        let verdict = match written {
            Ok(()) => Verdict::Delivered,
            Err(_) => Verdict::Retry { reason: Reason::Other, after: None },
        };
        Box::pin(std::future::ready(Attempt::without_answer(verdict)))
    }
}
