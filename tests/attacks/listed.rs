//! What `SECURITY.md` says of the attacks is what is tried.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const THIS: &str = "the_page_lists_every_attack_that_is_tried_and_none_that_is_not";

#[test]
fn the_page_lists_every_attack_that_is_tried_and_none_that_is_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tried: BTreeSet<String> = tests_below(&root.join("tests/attacks"));
    let others: BTreeSet<String> =
        ["tests/suite", "tests/processes", "src"].iter().flat_map(|folder| tests_below(&root.join(folder))).collect();
    assert!(tried.len() > 50 && others.len() > 300, "the tests were not found");

    let page = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let (_, attacks) = page.split_once("\n## Attacks").unwrap();
    let (attacks, _) = attacks.split_once("\n## ").unwrap();
    let tests = attacks.lines().filter(|line| line.starts_with("| ")).flat_map(|row| {
        // The last column, each name in backticks, perhaps with the file that it is in.
        let names = row.rsplit('|').nth(1).unwrap_or_default().split('`').skip(1).step_by(2);
        names.map(|name| name.rsplit("::").next().unwrap_or(name).to_owned())
    });
    let listed: BTreeSet<String> = tests.collect();
    let missing: Vec<_> = tried.iter().filter(|name| *name != THIS && !listed.contains(*name)).collect();
    assert!(missing.is_empty(), "not in SECURITY.md: {missing:#?}");
    let made_up: Vec<_> = listed.iter().filter(|name| !tried.contains(*name) && !others.contains(*name)).collect();
    assert!(made_up.is_empty(), "there is no such test: {made_up:#?}");
}

/// The names of the tests in a folder and those in it.
fn tests_below(folder: &Path) -> BTreeSet<String> {
    let entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let names = entries.iter().flat_map(|path| match path.extension() {
        _ if path.is_dir() => tests_below(path),
        Some(extension) if extension == "rs" => tests_in(&fs::read_to_string(path).unwrap()),
        _ => BTreeSet::new(),
    });
    names.collect()
}

/// The names of the functions that carry a test's attribute.
fn tests_in(source: &str) -> BTreeSet<String> {
    let mut lines = source.lines().map(str::trim);
    let mut names = BTreeSet::new();
    while lines.any(|line| line == "#[test]" || line.starts_with("#[tokio::test")) {
        let function = lines.find_map(|line| line.split_once("fn ")).map(|(_, rest)| rest);
        names.extend(function.and_then(|rest| rest.split('(').next()).map(str::to_owned));
    }
    names
}
