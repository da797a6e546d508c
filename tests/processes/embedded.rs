//! What the embedded PostgreSQL promises about starts, stops and deaths.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{User, geteuid};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tickncook_hubrise::database::embedded::{EmbeddedError, EmbeddedPostgres, running};

use crate::folder::Folder;
use crate::owner::Owner;
use crate::waiting::eventually;

/// Leaves something in the database that must outlive whatever comes next.
async fn write(options: &PgConnectOptions) -> anyhow::Result<()> {
    let mut connection = options.connect().await?;
    sqlx::query("create table kept (word text)").execute(&mut connection).await?;
    sqlx::query("insert into kept values ('bella')").execute(&mut connection).await?;
    Ok(connection.close().await?)
}

async fn read(options: &PgConnectOptions, query: &'static str) -> anyhow::Result<String> {
    let mut connection = options.connect().await?;
    let word = sqlx::query_scalar(query).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(word)
}

/// That a bridge starts here and finds what `write` wrote.
async fn starts_with_its_data(folder: &Folder) -> anyhow::Result<()> {
    let postgres = EmbeddedPostgres::start(folder.data()).await?;
    assert_eq!(read(&postgres.connect_options(), "select word from kept").await?, "bella");
    postgres.stop().await
}

#[tokio::test]
async fn the_second_start_keeps_the_data() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let postgres = EmbeddedPostgres::start(folder.data()).await?;
    write(&postgres.connect_options()).await?;
    postgres.stop().await?;
    assert_eq!(folder.processes(), Vec::<i32>::new(), "stop leaves no process");

    starts_with_its_data(&folder).await
}

#[tokio::test]
async fn what_is_committed_is_on_the_disk_and_nothing_listens_on_the_network() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let postgres = EmbeddedPostgres::start(folder.data()).await?;
    let options = postgres.connect_options();
    assert_eq!(read(&options, "select current_setting('fsync')").await?, "on");
    assert_eq!(read(&options, "select current_setting('data_checksums')").await?, "on");
    assert_eq!(read(&options, "select current_setting('listen_addresses')").await?, "");
    assert_eq!(read(&options, "select current_setting('timezone')").await?, "UTC");
    let socket = options.get_socket().context("a socket")?.metadata()?;
    assert_eq!(socket.mode() & 0o777, 0o700, "only the server's user and root may connect");
    postgres.stop().await
}

#[tokio::test]
async fn a_second_bridge_on_the_same_data_directory_is_told_who_owns_it() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut owner = Owner::spawn(folder.data())?;
    owner.ready(folder.data()).await?;

    let refusal = EmbeddedPostgres::start(folder.data()).await.err().context("a second owner")?;
    let text = refusal.to_string();
    assert!(matches!(refusal, EmbeddedError::InUse { .. }), "{text}");
    assert!(text.contains(&format!("in use by process {}", owner.pid())), "{text}");
    assert!(text.contains(&folder.data().display().to_string()), "{text}");

    assert!(running(folder.data()).await?.is_some(), "the first one was not disturbed");
    assert!(owner.stop()?.success());
    Ok(())
}

#[tokio::test]
async fn an_operators_command_finds_a_running_database_only() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    assert!(running(folder.data()).await?.is_none(), "nobody has ever started it");

    let mut owner = Owner::spawn(folder.data())?;
    let options = owner.ready(folder.data()).await?;
    assert_eq!(read(&options, "select current_database()::text").await?, "tickncook");

    assert!(owner.stop()?.success());
    assert!(running(folder.data()).await?.is_none(), "it has stopped");
    assert_eq!(folder.processes(), Vec::<i32>::new());
    Ok(())
}

#[tokio::test]
async fn a_killed_bridge_leaves_a_server_that_the_next_start_replaces() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut owner = Owner::spawn(folder.data())?;
    write(&owner.ready(folder.data()).await?).await?;
    let orphan = folder.server()?;
    owner.kill()?;
    assert!(kill(orphan, None).is_ok(), "the server outlives the bridge");
    assert!(running(folder.data()).await?.is_none(), "but nobody owns it");

    starts_with_its_data(&folder).await?;
    assert_eq!(folder.processes(), Vec::<i32>::new());
    Ok(())
}

#[tokio::test]
async fn a_bridge_killed_together_with_its_server_starts_again_with_its_data() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut owner = Owner::spawn(folder.data())?;
    write(&owner.ready(folder.data()).await?).await?;
    let server = folder.server()?;
    owner.kill()?;
    kill(server, Signal::SIGKILL)?;

    starts_with_its_data(&folder).await
}

#[tokio::test]
async fn a_server_that_does_not_stay_up_is_given_up_after_a_while() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut postgres = EmbeddedPostgres::start(folder.data()).await?;
    fs::rename(folder.data().join("postgres/global"), folder.around().join("global"))?;
    kill(folder.server()?, Signal::SIGKILL)?;
    let given_up = postgres.watch(Duration::from_secs(1)).await.err().context("it cannot run")?;
    assert!(matches!(given_up, EmbeddedError::StartFailed { .. }), "{given_up}");
    Ok(())
}

#[tokio::test]
async fn a_bridge_killed_while_it_creates_the_cluster_creates_it_anew() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let owner = Owner::spawn(folder.data())?;
    let unfinished = || folder.names().into_iter().find(|name| name.starts_with("postgres.unfinished."));
    eventually("the cluster is half there", || {
        unfinished().is_some_and(|name| folder.data().join(name).join("PG_VERSION").exists())
    })
    .await?;
    owner.kill()?;

    let postgres = EmbeddedPostgres::start(folder.data()).await?;
    assert_eq!(unfinished(), None, "the half is gone");
    postgres.stop().await
}

#[tokio::test]
async fn a_pid_file_that_names_a_stranger_neither_stops_the_start_nor_harms_the_stranger() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let postgres = EmbeddedPostgres::start(folder.data()).await?;
    write(&postgres.connect_options()).await?;
    let pid_file = folder.data().join("postgres/postmaster.pid");
    let left_behind = fs::read_to_string(&pid_file)?;
    let server_user = pid_file.metadata()?;
    postgres.stop().await?;

    let mut sleep = Command::new("sleep");
    sleep.arg("600");
    if geteuid().is_root() {
        sleep.uid(server_user.uid()).gid(server_user.gid());
    }
    let mut stranger = sleep.spawn()?;
    let (_, rest) = left_behind.split_once('\n').context("several lines")?;
    fs::write(&pid_file, format!("{}\n{rest}", stranger.id()))?;
    fs::set_permissions(&pid_file, Permissions::from_mode(0o644))?;

    let outcome = starts_with_its_data(&folder).await;
    let unharmed = stranger.try_wait()?.is_none();
    stranger.kill()?;
    stranger.wait()?;
    outcome?;
    assert!(unharmed);
    Ok(())
}

#[tokio::test]
async fn a_long_path_has_its_socket_in_a_short_private_folder() -> anyhow::Result<()> {
    let folder = Folder::new(&format!("{}/{}", "long".repeat(20), "longer".repeat(20)))?;
    if geteuid().is_root() {
        fs::set_permissions(folder.around(), Permissions::from_mode(0o755))?;
    }
    let postgres = EmbeddedPostgres::start(folder.data()).await?;
    let socket = postgres.connect_options().get_socket().context("a socket")?.clone();
    assert!(!socket.starts_with(folder.around()));
    assert_eq!(socket.metadata()?.mode() & 0o777, 0o700);
    write(&postgres.connect_options()).await?;
    postgres.stop().await?;
    assert!(!socket.exists(), "the folder goes with the server");

    // Whoever may write to the temporary directory may have been faster.
    DirBuilder::new().mode(0o700).create(&socket)?;
    fs::set_permissions(&socket, Permissions::from_mode(0o777))?;
    let refusal = EmbeddedPostgres::start(folder.data()).await.err().context("an open folder")?;
    fs::remove_dir(&socket)?;
    assert!(matches!(refusal, EmbeddedError::UnsafeSocketFolder { .. }), "{refusal}");
    Ok(())
}

#[tokio::test]
async fn as_root_a_folder_that_the_server_cannot_enter_is_named() -> anyhow::Result<()> {
    if !geteuid().is_root() {
        return Ok(()); // an ordinary user runs the server as themselves
    }
    let folder = Folder::new("data")?;
    fs::set_permissions(folder.around(), Permissions::from_mode(0o700))?;
    let refusal = EmbeddedPostgres::start(folder.data()).await.err().context("out of reach")?;
    let barrier = format!("cannot enter {}, ", folder.around().display());
    assert!(refusal.to_string().contains(&barrier), "{refusal}");
    Ok(())
}

#[tokio::test]
async fn as_root_a_private_data_directory_is_opened_for_the_server_to_pass() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    fs::set_permissions(folder.around(), Permissions::from_mode(0o711))?;
    DirBuilder::new().mode(0o700).create(folder.data())?;
    EmbeddedPostgres::start(folder.data()).await?.stop().await?;
    let passable = if geteuid().is_root() { 0o711 } else { 0o700 };
    assert_eq!(folder.data().metadata()?.mode() & 0o777, passable);
    Ok(())
}

#[tokio::test]
async fn an_ordinary_user_runs_the_server_as_themselves() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut owner = if geteuid().is_root() {
        let nobody = User::from_name("nobody")?.context("a user `nobody`")?.uid.as_raw();
        std::os::unix::fs::chown(folder.around(), Some(nobody), None)?;
        let program = folder.around().join("program");
        fs::copy(std::env::current_exe()?, &program)?;
        Owner::spawn_with(program.as_os_str(), folder.data(), Some(nobody))?
    } else {
        Owner::spawn(folder.data())?
    };
    owner.ready(folder.data()).await?;
    let user = folder.around().metadata()?.uid();
    for name in ["owner.lock", "postgres", "socket", "postgres.log"] {
        assert_eq!(folder.data().join(name).metadata()?.uid(), user, "{name}");
    }
    assert_eq!(folder.data().metadata()?.mode() & 0o777, 0o700);
    assert!(owner.stop()?.success());
    Ok(())
}

#[tokio::test]
async fn of_five_bridges_that_start_at_once_one_wins() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut owners = (0..5).map(|_| Owner::spawn(folder.data())).collect::<anyhow::Result<Vec<_>>>()?;
    eventually("all but one have given up", || {
        owners.retain_mut(|owner| !owner.has_ended());
        owners.len() == 1
    })
    .await?;
    let mut winner = owners.pop().context("the winner")?;
    winner.ready(folder.data()).await?;
    assert!(winner.stop()?.success());
    Ok(())
}
