//! Trying what nobody would send: whatever parses outside input is given mutations of a corpus (`tests/fuzz/corpus`), for
//! a few seconds with every run of the tests, and for as long as one likes with `script/fuzz`. What is found is shrunk,
//! and written into the corpus.

use std::{
    cell::Cell,
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestError, TestRunner},
};

/// How long each target is tried where nobody says.
const SECONDS: u64 = 2;

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

#[derive(Clone, Debug)]
enum Mutation {
    Change(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
    Join(Vec<u8>),
}

impl Mutation {
    fn apply(self, input: &mut Vec<u8>) {
        let end = input.len();
        let place = |index: Index| index.index(end + 1);
        match self {
            Self::Change(index, byte) if end > 0 => input[index.index(end)] = byte,
            Self::Insert(index, bytes) => {
                let place = place(index);
                input.splice(place..place, bytes);
            }
            Self::Remove(index, count) => {
                let place = place(index);
                input.drain(place..(place + count).min(end));
            }
            Self::Repeat(index, count) => {
                let part = input[place(index)..].to_vec();
                input.extend(part.repeat(count));
            }
            Self::Cut(index) => input.truncate(place(index)),
            Self::Join(other) => input.extend(other),
            Self::Change(..) => {}
        }
        input.truncate(64 * 1024);
    }
}

fn mutation(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Mutation> {
    let word = select(WORDS.as_slice()).prop_map(|word| word.as_bytes().to_vec());
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(index, byte)| Mutation::Change(index, byte)),
        4 => (any::<Index>(), word).prop_map(|(index, word)| Mutation::Insert(index, word)),
        (any::<Index>(), 1_usize..20).prop_map(|(index, count)| Mutation::Remove(index, count)),
        (any::<Index>(), 1_usize..50).prop_map(|(index, count)| Mutation::Repeat(index, count)),
        any::<Index>().prop_map(Mutation::Cut),
        select(corpus).prop_map(Mutation::Join),
    ]
}

fn inputs(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let mutated = (select(corpus.clone()), vec(mutation(corpus), 0..6)).prop_map(|(mut input, mutations)| {
        mutations.into_iter().for_each(|mutation| mutation.apply(&mut input));
        input
    });
    prop_oneof![9 => mutated, 1 => vec(any::<u8>(), 0..300)]
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

/// Holds a target to its properties, for everything in its corpus and much that is like it. It panics where one is broken.
#[track_caller]
pub(crate) fn bytes(target: &str, properties: impl Fn(&[u8])) {
    let corpus = corpus(target);
    corpus.iter().for_each(|input| properties(input));
    let seconds = env::var("FUZZ_SECONDS").ok().map_or(SECONDS, |seconds| seconds.parse().unwrap());
    let (started, executions) = (Instant::now(), Cell::new(0_u64));
    let strategy = inputs(corpus);
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
    while started.elapsed() < Duration::from_secs(seconds) {
        let outcome = runner.run(&strategy, |input| {
            executions.set(executions.get() + 1);
            properties(&input);
            Ok(())
        });
        if let Err(TestError::Fail(reason, input)) = outcome {
            let file =
                folder(target).join(format!("found-{}", crate::secrets::Digest::of(&input).hex()[..12].to_owned()));
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
