//! More load than the bridge can bear: it turns some away politely, answers HubRise and the operator all the same,
//! stays within its memory, and is itself again as soon as the load is gone.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hubrise_sandbox::{Options, Sandbox};
use nix::sys::signal::Signal;
use tickncook_hubrise::database::embedded::running;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::folder::Folder;
use crate::person::{CLIENT_ID, SECRET, grant, signature, start_with};
use crate::server::Server;

/// How many ask for pages at once when all goes well.
const FEW: usize = 8;
/// Ten times as many as there are places and room to wait.
const MANY: usize = 960;
/// What a bridge may hold in memory, in KiB: little more than it does with nothing to do, and 64 KiB a connection.
const MEMORY: u64 = 384 * 1024;

struct Answer {
    status: u16,
    head: String,
    body: String,
    took: Duration,
}

/// Asks on a connection that is kept.
struct Client {
    address: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    fn of(server: &Server) -> Self {
        Self { address: server.address().trim_start_matches("http://").to_owned(), stream: None }
    }

    async fn ask(&mut self, request: &str) -> Result<Answer> {
        let started = Instant::now();
        // A kept connection may have been let go of in the meantime: as browsers do, ask once more on a new one.
        if let Some(stream) = self.stream.take()
            && let Ok(answer) = self.ask_on(stream, request, started).await
        {
            return Ok(answer);
        }
        let stream = BufReader::new(TcpStream::connect(&self.address).await?);
        self.ask_on(stream, request, started).await
    }

    async fn ask_on(&mut self, mut stream: BufReader<TcpStream>, request: &str, started: Instant) -> Result<Answer> {
        stream.write_all(request.as_bytes()).await?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            ensure!(stream.read_line(&mut head).await? > 0, "no answer");
        }
        let head = head.to_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await?;
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        if !head.contains("connection: close") {
            self.stream = Some(stream);
        }
        Ok(Answer { status, head, body: String::from_utf8_lossy(&body).into_owned(), took: started.elapsed() })
    }
}

/// What came of asking for the same for a while.
#[derive(Default)]
struct Tally {
    statuses: BTreeMap<u16, u32>,
    /// Answers that turned somebody away, but not as they should.
    impolite: Vec<String>,
    broken: u32,
}

impl Tally {
    fn add(&mut self, answer: Result<Answer>, sentence: &str) {
        let Ok(answer) = answer else {
            self.broken += 1;
            return;
        };
        *self.statuses.entry(answer.status).or_default() += 1;
        let is_polite = answer.head.contains("retry-after: ") && answer.body.contains(sentence);
        if answer.status == 503 && !is_polite {
            self.impolite.push(format!("{}{}", answer.head, answer.body));
        }
    }

    fn merge(mut self, other: Self) -> Self {
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.impolite.extend(other.impolite);
        self.broken += other.broken;
        self
    }

    fn of(&self, status: u16) -> u32 {
        self.statuses.get(&status).copied().unwrap_or_default()
    }
}

/// So many ask, each again as soon as it is answered, until told to stop.
fn storm(
    server: &Server,
    clients: usize,
    request: &str,
    sentence: &'static str,
    over: &Arc<AtomicBool>,
) -> JoinSet<Tally> {
    let mut all = JoinSet::new();
    for _ in 0..clients {
        let (mut client, request, over) = (Client::of(server), request.to_owned(), Arc::clone(over));
        all.spawn(async move {
            let mut tally = Tally::default();
            while !over.load(Ordering::Relaxed) {
                tally.add(client.ask(&request).await, sentence);
            }
            tally
        });
    }
    all
}

async fn total(storm: JoinSet<Tally>) -> Tally {
    storm.join_all().await.into_iter().fold(Tally::default(), Tally::merge)
}

fn signed_event(host: &str, key: &str, id: u32) -> Result<String> {
    let body = format!("{{\"id\":\"storm-{id}\",\"resource_type\":\"order\",\"location_id\":\"3r4s3-0\"}}");
    let (path, length) = (format!("/hubrise_callback/event?key={key}"), body.len());
    let signature = format!("X-HubRise-Hmac-SHA256: {}", signature(&body)?);
    Ok(format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{signature}\r\nContent-Length: {length}\r\n\r\n{body}"))
}

/// The most memory that the process has had, in KiB.
fn peak_memory(server: &Server) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no memory is told")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "the figures are worth keeping")]
async fn under_ten_times_its_load_it_turns_away_politely_and_answers_hubrise_and_the_operator() -> Result<()> {
    let folder = Folder::new("data")?;
    let options = Options { client_id: CLIENT_ID.into(), client_secret: SECRET.into(), ..Options::default() };
    let sandbox = Sandbox::start(options).await?;
    let data = folder.data().to_string_lossy().into_owned();
    let settings = [("TICKNCOOK_DATA_DIR", data.as_str()), ("TICKNCOOK_LOG__FILTER", "warn")];
    let server = start_with(&folder, &sandbox, &settings, &["--demo"]).await?;
    let (mut person, back) = grant(&sandbox, &server.address()).await?;
    person.read(&back).await?;
    let db = sqlx::PgPool::connect_with(running(folder.data()).await?.context("no bridge runs here")?).await?;
    let key: String = sqlx::query_scalar("select callback_key from connection").fetch_one(&db).await?;
    let host = server.address().trim_start_matches("http://").to_owned();
    let get = |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    let services = get("/services", &format!("Cookie: {}\r\n", person.cookies()));
    let bearer = get("/api/v1/connections", "Authorization: Bearer no-key-of-anybody\r\n");
    let mut operator = Client::of(&server);
    assert_eq!(operator.ask(&services).await?.status, 200);

    let seconds = Duration::from_secs(3);
    let over = Arc::default();
    let quiet = storm(&server, FEW, &services, "", &over);
    pause(seconds).await;
    over.store(true, Ordering::Relaxed);
    let quiet = total(quiet).await;
    assert_eq!((quiet.of(200) > 0, quiet.statuses.len(), quiet.broken), (true, 1, 0));

    let over = Arc::default();
    let pages = storm(&server, MANY, &services, "Réessayez dans", &over);
    let calls = storm(&server, MANY / 4, &bearer, "\"status\":503", &over);
    let started = Instant::now();
    let (mut asked, mut took) = (0, Vec::new());
    while started.elapsed() < 2 * seconds {
        asked += 1;
        let requests = [get("/healthz", ""), get("/readyz", ""), signed_event(&host, &key, asked)?];
        for request in requests {
            // Each on a connection of its own: those that there are do not help.
            let answer = Client::of(&server).ask(&request).await?;
            assert_eq!(answer.status, 200, "{request} {}", answer.body);
            took.push(answer.took);
        }
    }
    over.store(true, Ordering::Relaxed);
    let (pages, calls) = (total(pages).await, total(calls).await);
    let after = Client::of(&server).ask(&services).await?;
    assert_eq!(after.status, 200, "it does not recover");

    took.sort_unstable();
    let rate = |count: u32, time: Duration| f64::from(count) / time.as_secs_f64();
    let shed = rate(pages.of(503), 2 * seconds);
    eprintln!(
        "quiet: {:.0} pages/s; storm: {:.0} pages/s and {shed:.0} turned away, {:?} calls; health and events: {} \
         answers, the slowest {:?}; {} MiB",
        rate(quiet.of(200), seconds),
        rate(pages.of(200), 2 * seconds),
        calls.statuses,
        took.len(),
        took.last(),
        peak_memory(&server)? / 1024,
    );
    assert!(pages.of(200) > 0 && pages.of(503) > 0 && calls.of(503) > 0, "{:?}", pages.statuses);
    for tally in [&pages, &calls] {
        assert_eq!(tally.impolite.first(), None);
        // Where the machine is so busy that it does not come to read what was asked within a second.
        let answered: u32 = tally.statuses.values().sum();
        assert!(tally.broken * 50 <= answered, "{} of {answered} connections were cut", tally.broken);
    }
    assert!(peak_memory(&server)? < MEMORY, "{} KiB", peak_memory(&server)?);
    let kept: i64 = sqlx::query_scalar("select count(*) from hubrise_event").fetch_one(&db).await?;
    assert_eq!(kept, i64::from(asked), "every event that was acknowledged");
    db.close().await;
    assert!(server.stop(Signal::SIGTERM).await?.success());
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a load is one for a while")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
