//! Any text that claims to be a configuration: looked over without a panic. And any text beside a secret: what is told of it
//! shows none of the secret.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/configurations/planted.rs"]
mod planted;

fuzz_target!(|bytes: &[u8]| {
    let [first, place, form, indent, rest @ ..] = bytes else { return };
    let text = String::from_utf8_lossy(rest);
    match first % 2 {
        // No folder of this machine is to be read.
        0 => drop(planted::told(&text.replace("templates_dir", "templates"))),
        _ => planted::assert_hidden([*place, *form, *indent], &text),
    }
});
