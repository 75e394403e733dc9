//! `infra/package.py`: the same program gives the same bytes, wherever and whenever it is packed.
use crate::support::{scratch, tool};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

#[test]
fn the_same_program_makes_the_same_zip() {
    let folder = scratch("the_same_program_makes_the_same_zip");
    let content: Vec<u8> = (0..200_000_u32).flat_map(|number| (number % 251 * number % 7).to_le_bytes()).collect();
    let pack = |name: &str, age: Duration| {
        let (program, archive) = (folder.join(name), folder.join(format!("{name}.zip")));
        fs::write(&program, &content).unwrap();
        fs::File::open(&program).unwrap().set_modified(SystemTime::now() - age).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/package.py");
        let output = Command::new(tool("python/bin/python")).arg(script).arg(&program).arg(&archive).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("sha256 ") && said.contains(" bytes "), "{said}");
        fs::read(archive).unwrap()
    };
    let zip = pack("one", Duration::ZERO);
    assert!(zip == pack("two", Duration::from_secs(90 * 24 * 3600)), "the time or the name of the file is in it");

    let list = "import sys, zipfile; print([(i.filename, oct(i.external_attr >> 16), i.file_size) for i in zipfile.ZipFile(sys.argv[1]).infolist()])";
    let output = Command::new(tool("python/bin/python")).args(["-c", list]).arg(folder.join("one.zip")).output().unwrap();
    let expected = format!("[('bootstrap', '0o100755', {})]\n", content.len());
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "one program that Lambda may start");
}
