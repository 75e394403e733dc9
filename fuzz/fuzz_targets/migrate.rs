//! Any bytes that claim to tell of AWS Chatbot's channels: no panic, and a configuration and a template that can be read.
#![no_main]

use std::path::PathBuf;

use hikyaku::config::{Level, Origin};
use hikyaku::migrate::{Input, from_chatbot};
use hikyaku::secret::Env;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    // Several files, as they are given together.
    let inputs = text.split('\0').take(3).enumerate();
    let inputs: Vec<Input> =
        inputs.map(|(number, text)| Input { name: format!("{number}.yaml"), text: text.to_owned() }).collect();
    let refs = [("AWS::AccountId".to_owned(), "111122223333".to_owned())];
    let migration = from_chatbot(&inputs, &refs);
    let file = |name: &str| migration.files.iter().find(|(file, _)| *file == name).map(|(_, text)| text.as_str());
    let (Some(config), Some(template)) = (file("hikyaku.yaml"), file("subscriptions.yaml")) else {
        assert!(!migration.is_whole());
        return;
    };
    let path = PathBuf::from(format!("/dev/shm/hikyaku-fuzz-{}.yaml", std::process::id()));
    std::fs::write(&path, config).unwrap();
    let Ok((checked, problems)) = Origin::File(path).check(&Env::default()) else { panic!("{config}") };
    assert!(!checked.receivers.is_empty(), "{config}");
    for problem in problems {
        // What nobody has said stands open, in one place.
        let is_open = problem.setting.starts_with("topics[") && !migration.is_whole();
        assert!(problem.level == Level::Warning || is_open, "{problem}\n{config}");
    }
    let again = from_chatbot(&[Input { name: "subscriptions.yaml".to_owned(), text: template.to_owned() }], &[]);
    assert!(again.problems.is_empty(), "{:?}\n{template}", again.problems);
});
