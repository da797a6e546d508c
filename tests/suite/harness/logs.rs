//! What the bridge logs, kept to be searched.

use std::{
    io,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use tracing_subscriber::EnvFilter;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Keeps every line of this process from now on: more than any operator would log.
pub(super) fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let filter =
            EnvFilter::new("debug,tickncook_hubrise=trace,sqlx=info,selectors=off,html5ever=off,thirtyfour=off");
        tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(|| Writer).init();
    });
}

/// The lines that contain a word.
pub(crate) fn containing(word: &str) -> Vec<String> {
    let bytes = lock().clone();
    String::from_utf8_lossy(&bytes).lines().filter(|line| line.contains(word)).map(str::to_owned).collect()
}

fn lock() -> MutexGuard<'static, Vec<u8>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
