//! The program. Everything is in the library; this only hands over.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// The system's own keeps what a rush took, and is slower under many threads.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    tickncook_hubrise::cli::run()
}
