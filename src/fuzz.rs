//! Trying what nobody would send: whatever parses outside input is given mutations of a corpus (`tests/fuzz/corpus`),
//! for a few seconds with every run of the tests, and for as long as one likes with `script/fuzz`. What is found is
//! shrunk, and written into the corpus.

use std::{
    cell::Cell,
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, TestError, TestRunner},
};

use crate::secrets::Digest;

/// How long each target is tried where nobody says.
const SECONDS: u64 = 4;

/// What parsers stumble over.
const WORDS: [&str; 40] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    ";",
    "=",
    "&",
    "%",
    "%00",
    "%ff",
    "\0",
    "\r\n",
    "\n",
    "\t",
    " ",
    "/",
    "//",
    "..",
    "@",
    "+",
    "-1",
    "0",
    "9999999999999999999999",
    "1e999",
    "null",
    "true",
    "é",
    "\u{202e}",
    "\u{feff}",
    "İ",
    "😀",
    "[[[[[[[[",
    "{\"a\":",
    "'",
    "<script>",
    "#",
];

/// An input of the corpus, changed as these numbers say. Fewer and smaller ones change it less.
fn mutated(corpus: &[Vec<u8>], numbers: &[u32]) -> Vec<u8> {
    let pick = |number: u32, from: usize| usize::try_from(number).unwrap_or_default() % from.max(1);
    let Some((first, steps)) = numbers.split_first() else { return Vec::new() };
    let mut input = corpus[pick(*first, corpus.len())].clone();
    for step in steps.chunks_exact(2) {
        let (place, value) = (pick(step[1], input.len() + 1), step[0] / 8);
        match step[0] % 8 {
            0 => input.truncate(place),
            1 => drop(input.drain(place..(place + pick(value, 20)).min(input.len()))),
            2 => input.extend(corpus[pick(value, corpus.len())].clone()),
            3 => input.extend(input[place..].repeat(pick(value, 40))),
            4 => input.splice(place..(place + 1).min(input.len()), [u8::try_from(value % 256).unwrap()]).for_each(drop),
            _ => input.splice(place..place, WORDS[pick(value, WORDS.len())].bytes()).for_each(drop),
        }
        input.truncate(16 * 1024);
    }
    input
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target)
}

/// The corpus of a target: each file is an input, but for its last newline.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder(target)).unwrap_or_else(|error| panic!("no corpus for {target}: {error}"));
    let read = |file: fs::DirEntry| {
        let bytes = fs::read(file.path()).unwrap();
        bytes.strip_suffix(b"\n").unwrap_or(&bytes).to_vec()
    };
    files.map(|file| read(file.unwrap())).collect()
}

/// Holds a target to its properties, for everything in its corpus and much that is like it. It panics where one is
/// broken.
#[track_caller]
pub(crate) fn bytes(target: &str, properties: impl Fn(&[u8])) {
    let corpus = corpus(target);
    for input in &corpus {
        properties(input);
    }
    let seconds = env::var("FUZZ_SECONDS").ok().map_or(SECONDS, |seconds| seconds.parse().unwrap());
    let (started, executions) = (Instant::now(), Cell::new(0_u64));
    let strategy = vec(any::<u32>(), 1..16);
    let config = Config { cases: 50, failure_persistence: None, ..Config::default() };
    while started.elapsed() < Duration::from_secs(seconds) {
        let outcome = TestRunner::new(config.clone()).run(&strategy, |numbers| {
            executions.set(executions.get() + 1);
            properties(&mutated(&corpus, &numbers));
            Ok(())
        });
        if let Err(TestError::Fail(reason, numbers)) = outcome {
            let input = mutated(&corpus, &numbers);
            let file = folder(target).join(format!("found-{}", &Digest::of(&input).hex()[..12]));
            fs::write(&file, [input.as_slice(), b"\n"].concat()).unwrap();
            panic!("{target}: {reason}\n{:?}\nkept as {}", String::from_utf8_lossy(&input), file.display());
        }
    }
    tell(target, executions.get());
}

#[expect(clippy::print_stderr, reason = "the figure is what a long run is for")]
fn tell(target: &str, executions: u64) {
    eprintln!("fuzzed {target}: {executions} executions");
}

/// The same for what parses text.
#[track_caller]
pub(crate) fn text(target: &str, properties: impl Fn(&str)) {
    bytes(target, |input| properties(&String::from_utf8_lossy(input)));
}

/// What is too long to stand anywhere by chance, and must never be shown.
pub(crate) const SECRET: &str = "nobody-may-ever-read-this-secret";

/// Fails if the secret is shown, where the input held it as one word.
#[track_caller]
pub(crate) fn assert_kept_secret(shown: &impl std::fmt::Debug) {
    let shown = format!("{shown:?}");
    assert!(!shown.contains(SECRET), "{shown}");
}
