//! `hikyaku init`: a configuration to start from, expectations that hold against it, and its schema for editors.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{Context, Done, Stop, print, print_json, say};
use crate::config::{self, Origin};

#[derive(Args)]
pub(super) struct Arguments {
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

/// Writes to `config`, else to hikyaku.yaml in the working folder, and the others beside it.
pub(super) fn run(arguments: &Arguments, origin: Option<Origin>, context: &Context) -> Result<Done, Stop> {
    let path = match origin {
        Some(Origin::File(path)) => path,
        Some(Origin::Parameter(stored)) => {
            return Err(Stop::could_not_run(format!("{stored} is no file; name one with --config")));
        }
        Some(Origin::Environment) | None => PathBuf::from("hikyaku.yaml"),
    };
    // Editors look for it beside the file, also where there is no internet.
    let schema = path.with_extension("schema.json");
    let name = schema.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = format!("# yaml-language-server: $schema=./{name}\n{CONFIG}");
    let schema_text = serde_json::to_string_pretty(&config::schema()).unwrap_or_default() + "\n";
    let test = path.with_extension("test.yaml");
    let files = [(path, text.as_str()), (test, EXPECTATIONS), (schema, schema_text.as_str())];
    let written = write_all(&files, arguments.force)?;
    match context.json {
        true => print_json(&json!({ "written": written })),
        false => written.iter().for_each(|path| print(path)),
    }
    say("Say in the first who gets what, and in the second what you expect of it; then: hikyaku check, hikyaku test");
    Ok(Done::AllHolds)
}

/// Writes files, over others if that is wanted, else none if one of them is there; what they are called.
pub(super) fn write_all(files: &[(PathBuf, &str)], force: bool) -> Result<Vec<String>, Stop> {
    if let Some((path, _)) = files.iter().find(|(path, _)| !force && path.exists()) {
        return Err(exists(path));
    }
    for (path, text) in files {
        write(path, text, force)?;
    }
    Ok(files.iter().map(|(path, _)| path.display().to_string()).collect())
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), Stop> {
    let mut options = OpenOptions::new();
    // Who came in between keeps what he wrote.
    let options = if force { options.create(true).truncate(true) } else { options.create_new(true) };
    let written = options.write(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => Stop::could_not_run(format!("{}: {error}", path.display())),
    })
}

fn exists(path: &Path) -> Stop {
    Stop::could_not_run(format!("{} is there already; --force writes over it", path.display()))
}

const CONFIG: &str = include_str!("starter/hikyaku.yaml");
const EXPECTATIONS: &str = include_str!("starter/hikyaku.test.yaml");
