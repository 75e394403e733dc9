//! `hikyaku migrate`: away from AWS Chatbot, and from Chime.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::check::in_json;
use super::init::write_all;
use super::{Context, Done, Stop, count, open, print, print_json, say};
use crate::config::{Level, Problem};
use crate::migrate::{Input, Migration, from_chatbot};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    from: From,
}

#[derive(Subcommand)]
enum From {
    /// Turn channel configurations of AWS Chatbot (Amazon Q Developer in chat applications) into a configuration
    Chatbot(ChatbotArguments),
}

#[derive(Args)]
struct ChatbotArguments {
    /// CloudFormation templates, or what `aws chatbot describe-slack-channel-configurations`, `aws chatbot
    /// list-microsoft-teams-channel-configurations` and `aws cloudformation describe-stack-resources` print; - for standard
    /// input
    #[arg(required = true)]
    file: Vec<PathBuf>,
    /// What a template's !Ref NAME stands for, such as Alarms=arn:aws:sns:…; may be given several times
    #[arg(long = "ref", value_name = "NAME=VALUE", value_parser = named)]
    refs: Vec<(String, String)>,
    /// Write hikyaku.yaml, subscriptions.yaml and subscriptions.sh into this folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long, requires = "out")]
    force: bool,
    /// Without --out, what to print
    #[arg(long, value_enum, default_value_t, conflicts_with = "out")]
    print: Part,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Part {
    /// The configuration
    #[default]
    Config,
    /// The topics' subscriptions as a CloudFormation template
    Template,
    /// The topics' subscriptions as commands of the AWS CLI
    Script,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Done, Stop> {
    let From::Chatbot(arguments) = &arguments.from;
    let inputs = arguments.file.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let migration = from_chatbot(&inputs, &arguments.refs);
    let written = match &arguments.out {
        Some(folder) => {
            let files = migration.files.iter().map(|(name, text)| (folder.join(name), text.as_str()));
            write_all(&files.collect::<Vec<_>>(), arguments.force)?
        }
        None => Vec::new(),
    };
    tell(&migration, arguments, &written, context);
    Ok(if migration.is_whole() { Done::AllHolds } else { Done::FallsShort })
}

fn tell(migration: &Migration, arguments: &ChatbotArguments, written: &[String], context: &Context) {
    let Migration { files, problems } = migration;
    if context.json {
        let files: Map<String, Value> = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_str().into())).collect();
        let problems: Vec<Value> = problems.iter().map(in_json).collect();
        return print_json(&match arguments.out {
            Some(_) => json!({ "written": written, "problems": problems }),
            None => json!({ "files": files, "problems": problems }),
        });
    }
    problems.iter().for_each(|problem| say(&problem.to_string()));
    written.iter().for_each(|path| print(path));
    let name = match arguments.print {
        Part::Config => "hikyaku.yaml",
        Part::Template => "subscriptions.yaml",
        Part::Script => "subscriptions.sh",
    };
    if let (None, Some((_, text))) = (&arguments.out, files.iter().find(|(file, _)| *file == name)) {
        print(text.trim_end());
    }
    let of = |level| problems.iter().filter(|problem: &&Problem| problem.level == level).count();
    let (errors, warnings) = (of(Level::Error), of(Level::Warning));
    if errors + warnings > 0 {
        say(&format!("{}, {}", count(errors, "error"), count(warnings, "warning")));
    }
    match (files.is_empty(), errors) {
        (true, _) => say("nothing was written: there is nothing to migrate, or not all of it could be read"),
        (false, 0) => {}
        (false, _) => say("what is missing has a place to be written into: hikyaku check names each"),
    }
}

fn read(path: &Path) -> Result<Input, Stop> {
    let (name, mut reader) = open(path)?;
    let mut text = String::new();
    reader.read_to_string(&mut text).map_err(|error| Stop::could_not_run(format!("{name}: {error}")))?;
    Ok(Input { name, text })
}

fn named(argument: &str) -> Result<(String, String), String> {
    let (name, value) =
        argument.split_once('=').ok_or("must be NAME=VALUE, such as Alarms=arn:aws:sns:eu-west-1:111122223333:alarms")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
