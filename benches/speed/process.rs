//! What the bridge's process takes of the machine.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};

/// What Linux counts the processors' time in, whatever the kernel itself does.
const TICKS_A_SECOND: f64 = 100.0;

/// Memory that it has now, in MiB.
pub(crate) fn memory(pid: u32) -> Result<f64> {
    status(pid, "VmRSS:")
}

/// The most that it has had, in MiB.
pub(crate) fn peak_memory(pid: u32) -> Result<f64> {
    status(pid, "VmHWM:")
}

fn status(pid: u32, name: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("the system does not tell")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1024.0)
}

/// How long it has had a core.
pub(crate) fn processor(pid: u32) -> Result<Duration> {
    Ok(stat(pid)?.1)
}

/// How long all that it has started, and that still run, have had a core.
pub(crate) fn processor_of_children(pid: u32) -> Result<Duration> {
    let processes = fs::read_dir("/proc")?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // One that has ended meanwhile does not tell any more.
    let children = processes.filter_map(|process: u32| stat(process).ok()).filter(|(parent, _)| *parent == pid);
    Ok(children.map(|(_, time)| time).sum())
}

/// Who has started it, and how long it has had a core.
fn stat(pid: u32) -> Result<(u32, Duration)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name, in brackets, may hold anything; it is the second field.
    let (_, fields) = stat.rsplit_once(')').context("the system does not tell")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).context("too few fields");
    let ticks = field(14)?.parse::<f64>()? + field(15)?.parse::<f64>()?;
    Ok((field(4)?.parse()?, Duration::from_secs_f64(ticks / TICKS_A_SECOND)))
}
