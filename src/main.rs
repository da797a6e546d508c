//! The program. Everything is in the library; this only hands over.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// The system's allocator does not give memory back after a rush, and is slower under many threads.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    tickncook_hubrise::cli::run()
}
