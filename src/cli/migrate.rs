//! `hikyaku migrate`: away from AWS Chatbot, and from Chime.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::init::write_all;
use super::problems::Shown;
use super::{Context, Done, Stop, count, open, print, print_json, say};
use crate::config::{Level, Origin, Problem};
use crate::migrate::{Input, Migration, Moved, from_chatbot, from_chime};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    from: From,
}

#[derive(Subcommand)]
enum From {
    /// Turn channel configurations of AWS Chatbot (Amazon Q Developer in chat applications) into a configuration
    Chatbot(ChatbotArguments),
    /// Print the configuration with each receiver of Chime turned into one of another channel, all else in it as it was
    Chime(ChimeArguments),
}

#[derive(Args)]
struct ChimeArguments {
    /// Which channel takes its place
    #[arg(long, value_enum, default_value_t)]
    to: Place,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Place {
    #[default]
    Slack,
    Teams,
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
    match &arguments.from {
        From::Chatbot(arguments) => chatbot(arguments, context),
        From::Chime(arguments) => chime(arguments, context),
    }
}

fn chime(arguments: &ChimeArguments, context: &Context) -> Result<Done, Stop> {
    let Origin::File(path) = &context.origin else {
        return Err(Stop::could_not_run(NO_FILE));
    };
    let to = match arguments.to {
        Place::Slack => "slack",
        Place::Teams => "teams",
    };
    let Input { name, text } = read(path)?;
    let moved = from_chime(&text, to);
    let Moved { text, receivers, problems } =
        moved.map_err(|problem| Stop { status: 1, message: format!("{name}:{problem}") })?;
    if context.json {
        let problems = Shown::new(&context.origin).all_json(&problems);
        print_json(&json!({ "receivers": receivers, "configuration": text, "problems": problems }));
    } else {
        context.say_problems(&problems);
        print(text.trim_end());
    }
    match receivers.is_empty() {
        true => say("no receiver goes to Chime"),
        false => say(&format!("hikyaku render --channel {to} EVENT shows how its messages will look")),
    }
    let is_whole = problems.iter().all(|problem| problem.level == Level::Warning);
    Ok(if is_whole { Done::AllHolds } else { Done::FallsShort })
}

fn chatbot(arguments: &ChatbotArguments, context: &Context) -> Result<Done, Stop> {
    let inputs = arguments.file.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let migration = from_chatbot(&inputs, &arguments.refs);
    let written = match arguments.out.as_ref().filter(|_| !migration.files.is_empty()) {
        Some(folder) => {
            let unmade = |error: std::io::Error| Stop::could_not_run(format!("{}: {error}", folder.display()));
            std::fs::create_dir_all(folder).map_err(unmade)?;
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
        let problems = Shown::new(&context.origin).all_json(problems);
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

const NO_FILE: &str =
    "there is no configuration file; where CHIME_WEBHOOK_URL makes the receiver, set SLACK_WEBHOOK_URL in its place";
