//! `hikyaku completions` and `hikyaku man`, from the same definitions as the commands.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Cli, Done, Stop, print};
use crate::text::nearest;

#[derive(Args)]
pub(super) struct Completions {
    /// Whose, such as: source <(hikyaku completions bash)
    shell: Shell,
}

#[derive(Args)]
pub(super) struct Page {
    /// The page of one command, such as: hikyaku man test | man -l -; or migrate chatbot, or migrate-chatbot
    command: Vec<String>,
}

pub(super) fn completions(arguments: &Completions) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), NAME, &mut script);
    print(String::from_utf8_lossy(&script).trim_end());
    Done::AllHolds
}

pub(super) fn man(arguments: &Page) -> Result<Done, Stop> {
    let mut command = Cli::command();
    // What is common to all commands is handed down.
    command.build();
    // As one types it, or as the pages call it: hikyaku-migrate-chatbot(1).
    let words = arguments.command.iter().flat_map(|words| words.split([' ', '-'])).filter(|word| !word.is_empty());
    for (_, word) in words.enumerate().filter(|named| *named != (0, NAME)) {
        command = command.find_subcommand(word).cloned().ok_or_else(|| {
            let near = nearest(word, command.get_subcommands().map(clap::Command::get_name));
            let of = command.get_name();
            let of = if of == NAME { String::new() } else { format!(" of `{of}`") };
            Stop::could_not_run(format!("there is no command `{word}`{of}{near}"))
        })?;
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(|error| Stop::could_not_run(error.to_string()))?;
    print(String::from_utf8_lossy(&page).trim_end());
    Ok(Done::AllHolds)
}

const NAME: &str = "hikyaku";
