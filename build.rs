//! Embeds `templates/<channel>/<name>.hbs`, so that a new template is one new file.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=templates");
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("templates");
    let mut files = Vec::new();
    for channel in fs::read_dir(&root)? {
        let channel = channel?.path();
        if channel.is_dir() {
            for file in fs::read_dir(channel)? {
                files.push(file?.path());
            }
        }
    }
    files.sort();
    let mut list = String::from("&[\n");
    for path in files {
        let name = path.strip_prefix(&root)?.with_extension("");
        let name = name.to_str().ok_or("a template's path is not UTF-8")?.replace('\\', "/");
        writeln!(list, "    ({name:?}, include_str!({path:?})),")?;
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("templates.rs"), list)?;
    Ok(())
}
