//! What the bridge logs, kept to be searched.

use std::{
    io,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use tracing::Level;
use tracing_subscriber::{
    EnvFilter,
    fmt::{layer, writer::MakeWriterExt as _},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
/// The same as operators read it by default.
static TEXT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Keeps every line of this process from now on: more than any operator would log.
pub(super) fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let filter =
            EnvFilter::new("debug,tickncook_hubrise=trace,sqlx=info,selectors=off,html5ever=off,thirtyfour=off");
        let lines = layer().json().with_writer(|| Writer(&LINES));
        // By its writer: a filter for one layer among others loses events after somebody has only asked whether there
        // is one, as sqlx does.
        let text = (|| Writer(&TEXT)).with_max_level(Level::INFO);
        let text = layer().with_target(false).with_ansi(false).with_writer(text);
        tracing_subscriber::registry().with(filter).with(lines).with(text).init();
    });
}

/// The lines that contain a word.
pub(crate) fn containing(word: &str) -> Vec<String> {
    let bytes = lock(&LINES).clone();
    String::from_utf8_lossy(&bytes).lines().filter(|line| line.contains(word)).map(str::to_owned).collect()
}

/// The whole log as operators read it by default.
pub(crate) fn text() -> String {
    String::from_utf8_lossy(&lock(&TEXT)).into_owned()
}

fn lock(lines: &'static Mutex<Vec<u8>>) -> MutexGuard<'static, Vec<u8>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Writer(&'static Mutex<Vec<u8>>);

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
