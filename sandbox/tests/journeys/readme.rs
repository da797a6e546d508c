//! `README.md` names a test for each behaviour that it promises: each of these tests exists.

use std::fs;
use std::path::{Path, PathBuf};

const README: &str = include_str!("../../README.md");

#[test]
fn every_test_that_the_readme_names_exists() {
    let tests = names_of_tests();
    let named = names_in_tables(README);
    assert!(named.len() > 200, "the tables are there: {} names", named.len());
    let missing: Vec<&str> = named.into_iter().filter(|name| !tests.iter().any(|test| test == name)).collect();
    assert!(missing.is_empty(), "no such test: {missing:?}");
}

/// What stands in the last column of the tables of behaviours.
fn names_in_tables(text: &str) -> Vec<&str> {
    let (_, tables) = text.split_once("## What is documented").expect("the chapter");
    let rows = tables.lines().filter(|line| line.starts_with("| ") && line.matches(" | ").count() >= 2);
    let last = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    last.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

fn names_of_tests() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = ["src", "tests"].into_iter().flat_map(|folder| sources_in(&root.join(folder)));
    let texts = sources.map(|source| fs::read_to_string(source).expect("a source"));
    texts.flat_map(|text| names_of_functions_after_test(&text)).collect()
}

fn names_of_functions_after_test(source: &str) -> Vec<String> {
    let after = source.split("test]\n").skip(1).chain(source.split("\"multi_thread\")]\n").skip(1));
    let names = after.filter_map(|after| {
        let (_, signature) = after.split_once("fn ")?;
        signature.split_once('(').map(|(name, _)| name.to_owned())
    });
    names.collect()
}

fn sources_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| if path.is_dir() { sources_in(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
