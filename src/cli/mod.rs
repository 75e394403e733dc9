//! The command line. Results go to standard output, everything else to standard error.
//!
//! Exit status: 0 done and everything holds; 1 it ran and something falls short; 2 it could not run.

mod check;
mod dev;
mod doctor;
mod explain;
mod init;
mod migrate;
mod notify;
mod page;
mod problems;
mod replay;
mod samples;
mod schema;
mod send;
mod shell;
mod templates;
mod test;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::App;
use crate::aws::Aws;
use crate::channels::Console;
use crate::config::{Broken, Config, Origin};
use crate::ingress::{self, Envelope};
use crate::outside;
use crate::secret::Env;
use crate::text::mask::mask;

/// Routes AWS notifications to Slack, mail and webhooks.
#[derive(Parser)]
#[command(name = "hikyaku", version, about, max_term_width = 100, after_help = EXIT_STATUS)]
struct Cli {
    /// The configuration: a file, or ssm:/name [default: $HIKYAKU_CONFIG, hikyaku.yaml, else the environment]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON to standard output, and nothing else there
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the configuration and report all problems
    Check(check::Arguments),
    /// Show what an event becomes: who gets what, how it looks, and why
    Explain(explain::Arguments),
    /// Print the payload of an event as a channel would get it
    Render(explain::RenderArguments),
    /// Deliver an event and report how it went
    Send(send::Arguments),
    /// Move away from AWS Chatbot, or from Chime
    Migrate(migrate::Arguments),
    /// Tell something from a shell, a cron job or certbot's hooks, over the topic
    Notify(Box<notify::Arguments>),
    /// Write a configuration to start from, and expectations that hold against it
    Init(init::Arguments),
    /// List the sample events of every kind, or print one: hikyaku samples alarm | hikyaku explain -
    Samples(samples::Arguments),
    /// List the built-in templates, or print one to write your own by: hikyaku templates slack/default
    Templates(templates::Arguments),
    /// Hold expectations against the configuration: who gets what, and what it says
    Test(test::Arguments),
    /// Show what a failure queue holds, and deliver it to those who have not got it
    Replay(replay::Arguments),
    /// Look for what would be lost: in the configuration, the template that deploys it, or the account
    Doctor(doctor::Arguments),
    /// Start the router on this machine, every receiver replaced by an inbox, and play samples
    Dev(dev::Arguments),
    /// Print the JSON Schema of the configuration, or of hikyaku's own format
    Schema(schema::Arguments),
    /// Print the completions for a shell
    Completions(shell::Completions),
    /// Print the manual page, or that of a command
    Man(shell::Page),
}

impl Command {
    /// Whether it reads the configuration that is found; `check` may have been given another.
    fn reads_configuration(&self) -> bool {
        use Command::{Check, Completions, Init, Man, Notify, Samples, Templates};
        match self {
            Check(_) | Completions(_) | Init(_) | Man(_) | Samples(_) | Templates(_) => false,
            Notify(arguments) => arguments.direct,
            _ => true,
        }
    }
}

const EXIT_STATUS: &str = "Exit status: 0 all holds, 1 something falls short, 2 it could not run.";

/// Runs the command line.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    let env = outside::env();
    let mut origin = outside::origin(cli.config.as_deref(), &env);
    if cli.command.reads_configuration() {
        origin = origin.fetch(&Aws::default()).await;
    }
    let context = Context { origin, host: outside::host(&env), env, json: cli.json };
    let done = match cli.command {
        Command::Check(arguments) => check::run(arguments, &context).await,
        Command::Explain(arguments) => explain::run(&arguments, &context),
        Command::Render(arguments) => explain::render(&arguments, &context),
        Command::Send(arguments) => send::run(&arguments, &context).await,
        Command::Migrate(arguments) => migrate::run(&arguments, &context),
        Command::Notify(arguments) => notify::run(&arguments, &context).await,
        Command::Init(arguments) => init::run(&arguments, Origin::named(cli.config.as_deref(), &context.env), &context),
        Command::Samples(arguments) => samples::run(&arguments, &context),
        Command::Templates(arguments) => templates::run(&arguments, &context),
        Command::Test(arguments) => test::run(&arguments, &context),
        Command::Replay(arguments) => replay::run(&arguments, &context).await,
        Command::Doctor(arguments) => doctor::run(&arguments, &context).await,
        Command::Dev(arguments) => dev::run(&arguments, &context).await,
        Command::Schema(arguments) => Ok(schema::run(&arguments)),
        Command::Completions(arguments) => Ok(shell::completions(&arguments)),
        Command::Man(arguments) => shell::man(&arguments),
    };
    match done {
        Ok(Done::AllHolds) => ExitCode::SUCCESS,
        Ok(Done::FallsShort) => ExitCode::from(1),
        Err(Stop { status, message }) => {
            say(&format!("hikyaku: {message}"));
            ExitCode::from(status)
        }
    }
}

/// What every command knows.
struct Context {
    origin: Origin,
    /// This machine's name, if it is known.
    host: Option<String>,
    env: Env,
    json: bool,
}

/// How a command ended that did run.
enum Done {
    AllHolds,
    FallsShort,
}

/// Why a command did not run to its end.
struct Stop {
    status: u8,
    message: String,
}

impl Stop {
    fn could_not_run(message: impl Into<String>) -> Stop {
        Stop { status: 2, message: message.into() }
    }
}

impl Context {
    /// The configuration; its warnings are told on standard error.
    fn config(&self) -> Result<Config, Stop> {
        match self.origin.load(&self.env) {
            Ok((config, problems)) => {
                self.say_problems(&problems);
                Ok(config)
            }
            Err(Broken::Unreadable(problem)) => Err(Stop::could_not_run(problem)),
            Err(Broken::Problems(problems)) => {
                self.say_problems(&problems);
                Err(Stop { status: 1, message: "the configuration is broken".to_owned() })
            }
        }
    }

    /// The router of `config`; with `--json`, standard output is for nothing else.
    fn app(&self, config: Config) -> App {
        let console = if self.json { Console::Error } else { Console::Output };
        App::new(config, self.env.clone(), console)
    }
}

/// The envelopes in the file at `path`, or in standard input.
fn read_event(path: &Path) -> Result<Vec<Envelope>, Stop> {
    let (name, mut reader) = open(path)?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|error| Stop::could_not_run(format!("{name}: {error}")))?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Stop::could_not_run(format!("{name}: not UTF-8 from byte {} on", error.utf8_error().valid_up_to())))?;
    let payload = ingress::unwrap(&text).map_err(|error| Stop::could_not_run(format!("{name}: {error}")))?;
    Ok(payload.envelopes)
}

/// The file at `path`, or standard input, with what it is called.
fn open(path: &Path) -> Result<(String, Box<dyn BufRead>), Stop> {
    if path == Path::new("-") {
        return Ok(("standard input".to_owned(), Box::new(std::io::stdin().lock())));
    }
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| Stop::could_not_run(format!("{name}: {error}")))?;
    Ok((name, Box::new(BufReader::new(file))))
}

/// A line to standard output. Who closes it early wants no more of it, which changes nothing about how it went.
fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A value as JSON to standard output, on several lines.
fn print_json(value: &impl serde::Serialize) {
    print(&serde_json::to_string_pretty(value).unwrap_or_default());
}

/// A number of things.
fn count(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

/// A line to standard error, credentials masked, whoever wrote them into it.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", mask(line));
}
