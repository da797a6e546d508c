//! The bridge's own program, started as an operator would.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::bail;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::folder::Folder;
use crate::waiting::eventually;

/// The key that secrets are sealed under.
pub(crate) const KEY: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// This version.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tickncook-hubrise");

/// The bridge with nothing set but where its files are; it inherits no setting of whoever runs the tests.
pub(crate) fn bridge() -> Command {
    bare(PROGRAM)
}

fn bare(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null());
    command
}

/// The bridge with all that it must be told, and these settings.
pub(crate) fn configured(folder: &Folder, settings: &[(&str, &str)]) -> anyhow::Result<Command> {
    let mut command = bridge();
    command
        .env("TICKNCOOK_PUBLIC_URL", "http://localhost:8080")
        .envs(necessary(folder)?)
        .envs(settings.iter().copied());
    Ok(command)
}

fn necessary(folder: &Folder) -> anyhow::Result<[(&'static str, OsString); 3]> {
    Ok([
        ("TICKNCOOK_ENCRYPTION_KEYS_FILE", key_file(folder.around())?.into()),
        ("TICKNCOOK_HUBRISE__CLIENT_ID", "640018442113.clients.hubrise.com".into()),
        ("TICKNCOOK_HUBRISE__CLIENT_SECRET", "a secret that is never used".into()),
    ])
}

/// A client that shows redirects rather than following them.
#[expect(clippy::disallowed_methods, reason = "a person's client, not the bridge's")]
pub(crate) fn person() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()
}

pub(crate) struct Server {
    process: Child,
    port: u16,
    log: PathBuf,
}

impl Server {
    /// With its own PostgreSQL in the folder's data directory.
    pub(crate) fn spawn(folder: &Folder) -> anyhow::Result<Self> {
        Self::spawn_with(folder, &[], &[("TICKNCOOK_DATA_DIR", &folder.data().to_string_lossy())])
    }

    /// With these settings, which say at least where the data is.
    pub(crate) fn spawn_with(folder: &Folder, arguments: &[&str], settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::spawn_program(PROGRAM, folder, arguments, settings)
    }

    /// Another version of the bridge.
    pub(crate) fn spawn_program(
        program: &str,
        folder: &Folder,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let port = free_port()?;
        let log = folder.around().join(format!("{port}.log"));
        let output = File::create(&log)?;
        let own_address = [("TICKNCOOK_PUBLIC_URL", format!("http://localhost:{port}"))];
        let process = bare(program)
            .envs(own_address)
            .envs(necessary(folder)?)
            .envs(settings.iter().copied())
            .arg("serve")
            .args(arguments)
            .env("TICKNCOOK_LISTEN", format!("127.0.0.1:{port}"))
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()?;
        Ok(Self { process, port, log })
    }

    /// Its public address.
    pub(crate) fn address(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }

    /// Everything it has printed.
    pub(crate) fn output(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(&self.log)?)
    }

    /// Waits until it says of itself that it is ready.
    pub(crate) async fn ready(&mut self) -> anyhow::Result<()> {
        let port = self.port;
        eventually("the bridge is ready", || {
            status(port).is_some_and(|status| status.contains(" 200 ")) || !matches!(self.process.try_wait(), Ok(None))
        })
        .await?;
        if let Some(exit) = self.process.try_wait()? {
            bail!("the bridge ended with {exit}: {}", self.output()?);
        }
        Ok(())
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        eventually("the bridge ends", || !matches!(self.process.try_wait(), Ok(None))).await?;
        Ok(self.process.wait()?)
    }

    /// Sends it this signal, and waits until it has ended.
    pub(crate) async fn stop(mut self, signal: Signal) -> anyhow::Result<ExitStatus> {
        kill(Pid::from_raw(self.process.id().try_into()?), signal)?;
        self.ended().await
    }

    /// What Ctrl-C does: the terminal sends the signal to the whole process group.
    pub(crate) async fn interrupt_group(mut self) -> anyhow::Result<ExitStatus> {
        let group: i32 = self.process.id().try_into()?;
        kill(Pid::from_raw(-group), Signal::SIGINT)?;
        self.ended().await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn key_file(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join("encryption-keys");
    // Once: a bridge may be reading it.
    if !path.exists() {
        fs::write(&path, format!("{KEY}\n"))?;
    }
    Ok(path)
}

/// The status line of `/readyz`, if anybody answers.
fn status(port: u16) -> Option<String> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    write!(connection, "GET /readyz HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n").ok()?;
    BufReader::new(connection).lines().next()?.ok()
}
