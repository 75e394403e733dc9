//! What AWS Chatbot was told, turned into a configuration that does the same; and a configuration without Chime.
//!
//! ```text
//! template.yaml ──► Tree ──► Channel ──► Plan ──► hikyaku.yaml, subscriptions.yaml, subscriptions.sh
//! described.json             as told     receivers, topics, routes
//! ```
//! AWS Chatbot is called Amazon Q Developer in chat applications since 2025; its resources kept their names:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Chatbot.html>,
//! <https://docs.aws.amazon.com/chatbot/latest/APIReference/API_Types.html>.

mod channel;
mod chime;
mod described;
mod known;
mod plan;
mod template;
mod write;

use std::path::PathBuf;

use serde_json::Value;

use crate::config::tree::{Tree, dotted};
use crate::config::{Level, Problem};
use channel::Channel;
pub use chime::{Moved, from_chime};
use known::Known;
use plan::Plan;

/// A file that tells of channels: a CloudFormation template, or what the AWS CLI prints.
pub struct Input {
    /// What it is called.
    pub name: String,
    pub text: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Migration {
    /// The files to write, by their names; none if not all could be read.
    pub files: Vec<(&'static str, String)>,
    /// What is wrong, or is lost, in the order of the files.
    pub problems: Vec<Problem>,
}

impl Migration {
    /// Whether nothing is left to be mended.
    pub fn is_whole(&self) -> bool {
        !self.files.is_empty() && self.problems.iter().all(|problem| problem.level == Level::Warning)
    }
}

/// The configuration that does what Chatbot does by `inputs`. `refs` are the values of names that a template refers to.
pub fn from_chatbot(inputs: &[Input], refs: &[(String, String)]) -> Migration {
    let mut reading = Reading { known: Known::new(refs), ..Reading::default() };
    let files: Vec<File> = inputs.iter().filter_map(|input| reading.open(input)).collect();
    // What one file tells of a stack, another one may refer to.
    for file in &files {
        described::learn(file, &mut reading);
    }
    for file in &files {
        if !template::read(file, &mut reading) && !described::read(file, &mut reading) {
            reading.fail(file, "", NOTHING_KNOWN);
        }
    }
    let Reading { channels, mut problems, failed, lost, .. } = reading;
    for (_, place, more) in lost.into_iter().filter(|(_, _, more)| *more > 0) {
        if let Some(problem) = problems.get_mut(place) {
            problem.text = format!("{} (and {more} more)", problem.text);
        }
    }
    let places = |problem: &Problem| {
        inputs.iter().position(|input| problem.file.as_deref().is_some_and(|file| file.as_os_str() == input.name.as_str()))
    };
    problems.sort_by_key(|problem| (places(problem), problem.at));
    let plan = Plan::new(channels, &mut problems);
    let files = if failed || plan.receivers.is_empty() { Vec::new() } else { write::all(&plan, inputs) };
    Migration { files, problems }
}

/// A file, read.
struct File {
    name: String,
    tree: Tree,
}

impl File {
    fn value(&self, pointer: &str) -> &Value {
        self.tree.value(pointer).unwrap_or(&Value::Null)
    }
}

/// What was found so far.
#[derive(Default)]
struct Reading {
    known: Known,
    channels: Vec<Channel>,
    problems: Vec<Problem>,
    /// Whether something could not be read, so that a channel may be missing.
    failed: bool,
    /// What is lost, in words, with its first problem and how many more of it there were.
    lost: Vec<(&'static str, usize, usize)>,
}

impl Reading {
    fn open(&mut self, input: &Input) -> Option<File> {
        let text = input.text.trim_start_matches('\u{feff}');
        // JSON that is no YAML: a surrogate pair, a tab.
        let json = || serde_json::from_str::<Value>(text).ok().filter(Value::is_object).map(Tree::from_value);
        match Tree::parse_template(text) {
            Ok(tree) => Some(File { name: input.name.clone(), tree: within(tree) }),
            Err(problem) => match json() {
                Some(tree) => Some(File { name: input.name.clone(), tree: within(tree) }),
                None => {
                    self.failed = true;
                    self.problems.push(Problem { file: Some(PathBuf::from(&input.name)), ..problem });
                    None
                }
            },
        }
    }

    /// Notes that something cannot be read: there is no migration before it is mended.
    fn fail(&mut self, file: &File, pointer: &str, text: impl Into<String>) {
        self.failed = true;
        self.error(file, pointer, text);
    }

    fn error(&mut self, file: &File, pointer: &str, text: impl Into<String>) {
        self.note(Level::Error, file, pointer, text.into());
    }

    fn warn(&mut self, file: &File, pointer: &str, text: impl Into<String>) {
        self.note(Level::Warning, file, pointer, text.into());
    }

    /// Notes that something has no counterpart: once, however often it is there.
    fn lose(&mut self, file: &File, pointer: &str, text: &'static str) {
        match self.lost.iter_mut().find(|(words, ..)| *words == text) {
            Some((_, _, more)) => *more += 1,
            None => {
                self.lost.push((text, self.problems.len(), 0));
                self.warn(file, pointer, text);
            }
        }
    }

    fn note(&mut self, level: Level, file: &File, pointer: &str, text: String) {
        let (at, setting) = (file.tree.position(pointer), dotted(pointer));
        self.problems.push(Problem { level, file: Some(PathBuf::from(&file.name)), at, setting, text, help: None });
    }
}

/// The template in what `aws cloudformation get-template` prints, any other tree as it is.
fn within(tree: Tree) -> Tree {
    match tree.value("/TemplateBody") {
        Some(Value::String(text)) => Tree::parse_template(text).unwrap_or(tree),
        Some(body @ Value::Object(_)) => Tree::from_value(body.clone()),
        _ => tree,
    }
}

/// Text on one line, of which nothing can break out of a comment.
fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    crate::text::clean(&text).replace('\n', " ")
}

const NOTHING_KNOWN: &str = "holds no `Resources` of a CloudFormation template, and nothing that `aws chatbot describe-slack-channel-configurations` or `aws chatbot list-microsoft-teams-channel-configurations` prints";
