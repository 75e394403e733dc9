//! `hikyaku schema`

use clap::{Args, ValueEnum};

use super::{Done, print, print_json};
use crate::config;

#[derive(Args)]
pub(super) struct Arguments {
    /// Of what
    #[arg(default_value = "config")]
    of: Of,
}

#[derive(Clone, Copy, ValueEnum)]
enum Of {
    /// hikyaku.yaml
    Config,
    /// A message in hikyaku's own format
    Notification,
}

pub(super) fn run(arguments: &Arguments) -> Done {
    match arguments.of {
        Of::Config => print_json(&config::schema()),
        Of::Notification => print(NOTIFICATION.trim_end()),
    }
    Done::AllHolds
}

const NOTIFICATION: &str = include_str!("../../schema/notification.schema.json");
