//! The wire between the bridge and PostgreSQL, with a counter on it: a socket of its own that passes everything on.

use std::{
    collections::{HashMap, VecDeque},
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgSslMode},
};
use tickncook_hubrise::{database::pool_options, ids::new_id};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};

use super::{TestApp, eventually};

/// What something cost the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// How often somebody waited for the database: its statements, `begin` and `commit` among them. Not what is said
    /// once for each connection, such as the preparing of a statement.
    pub(crate) round_trips: usize,
    /// How many transactions wrote something, and so had the database wait for the disk.
    pub(crate) commits: usize,
}

/// What passed, in the order in which it did.
#[derive(Debug, Default)]
struct Passed {
    statements: Vec<String>,
    commits: usize,
}

/// A counted wire.
pub(crate) struct Wire {
    passed: Arc<Mutex<Passed>>,
    folder: PathBuf,
}

impl Drop for Wire {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).unwrap();
    }
}

impl Wire {
    /// Puts a counter between a pool's database and a new pool.
    pub(super) async fn before(pool: PgPool) -> (Self, PgPool) {
        let options = PgConnectOptions::clone(&pool.connect_options());
        pool.close().await;
        let database = options.get_socket().expect("the tests' PostgreSQL listens on a socket");
        let database = database.join(format!(".s.PGSQL.{}", options.get_port()));
        let folder = std::env::temp_dir().join(format!("wire-{}", new_id().simple()));
        fs::create_dir(&folder).unwrap();
        let listener = UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap();
        let passed = Arc::new(Mutex::new(Passed::default()));
        let (counted, through) = (Arc::clone(&passed), options.socket(&folder).port(5432).ssl_mode(PgSslMode::Disable));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&database).await.unwrap();
                pass_on(client, server, Arc::new(Mutex::new(Conversation::of(Arc::clone(&counted)))));
            }
        });
        (Self { passed, folder }, pool_options().max_connections(12).connect_with(through).await.unwrap())
    }

    /// What this costs, all that goes on behind it included.
    pub(crate) async fn cost_of<T>(&self, app: &TestApp, work: impl Future<Output = T>) -> (Cost, T) {
        self.settle(app).await;
        *self.passed.lock().unwrap() = Passed::default();
        let outcome = work.await;
        app.finish_tasks().await;
        self.settle(app).await;
        let passed = self.passed.lock().unwrap();
        (Cost { round_trips: passed.statements.len(), commits: passed.commits }, outcome)
    }

    /// What passed when something was counted last.
    pub(crate) fn statements(&self) -> Vec<String> {
        self.passed.lock().unwrap().statements.clone()
    }

    /// Waits until nobody uses a connection any more.
    async fn settle(&self, app: &TestApp) {
        let pools = [app.db(), &app.app.loaders.db, app.app.urgent_db.pool(), app.app.urgent_db.hurried()];
        let at_rest = |pool: &PgPool| usize::try_from(pool.size()).unwrap() == pool.num_idle();
        eventually("the connections are at rest", async || pools.into_iter().all(at_rest)).await;
    }
}

fn pass_on(client: UnixStream, server: UnixStream, conversation: Arc<Mutex<Conversation>>) {
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let heard = Arc::clone(&conversation);
    // A client's first message has no letter.
    let asked = move |message: &Message| conversation.lock().unwrap().asked(message);
    tokio::spawn(pump(from_client, to_server, Messages { bytes: Vec::new(), is_first: true }, asked));
    let answered = move |message: &Message| heard.lock().unwrap().answered(message);
    tokio::spawn(pump(from_server, to_client, Messages { bytes: Vec::new(), is_first: false }, answered));
}

async fn pump(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut messages: Messages,
    mut look_at: impl FnMut(&Message),
) {
    let mut bytes = vec![0; 64 * 1024];
    // Either end may go at any time.
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        messages.bytes.extend_from_slice(&bytes[..read]);
        for message in messages.by_ref() {
            look_at(&message);
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

/// A message of PostgreSQL's protocol.
struct Message {
    letter: u8,
    content: Vec<u8>,
}

impl Message {
    /// Its texts, each of which ends with a zero.
    fn texts(&self) -> impl Iterator<Item = String> {
        self.content.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned())
    }
}

struct Messages {
    bytes: Vec<u8>,
    is_first: bool,
}

impl Iterator for Messages {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        let letters = usize::from(!self.is_first);
        let length = self.bytes.get(letters..letters + 4)?;
        let end = letters + usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap();
        if self.bytes.len() < end {
            return None;
        }
        let message: Vec<_> = self.bytes.drain(..end).collect();
        let letter = if self.is_first { 0 } else { message[0] };
        self.is_first = false;
        Some(Message { letter, content: message[letters + 4..].to_vec() })
    }
}

/// What is said on one connection.
struct Conversation {
    passed: Arc<Mutex<Passed>>,
    prepared: HashMap<String, String>,
    /// What was asked and not answered yet, each up to the next "ready".
    asked: VecDeque<Option<String>>,
    bound: Option<String>,
    tag: String,
    /// Whether the transaction wrote.
    wrote: bool,
}

impl Conversation {
    fn of(passed: Arc<Mutex<Passed>>) -> Self {
        let (prepared, asked) = (HashMap::new(), VecDeque::from([None]));
        Self { passed, prepared, asked, bound: None, tag: String::new(), wrote: false }
    }

    fn asked(&mut self, message: &Message) {
        let mut texts = message.texts();
        match message.letter {
            b'P' => {
                let name = texts.next().unwrap();
                self.prepared.insert(name, texts.next().unwrap());
            }
            b'B' => self.bound = texts.nth(1).and_then(|name| self.prepared.get(&name).cloned()),
            // Preparing and asking whether one is still there end with this, too.
            b'S' => self.asked.push_back(self.bound.take()),
            b'Q' => self.asked.push_back(texts.next()),
            _ => (),
        }
    }

    fn answered(&mut self, message: &Message) {
        match message.letter {
            b'C' => self.tag = message.texts().next().unwrap(),
            b'E' => "ERROR".clone_into(&mut self.tag),
            b'Z' => {
                let asked = self.asked.pop_front().expect("an answer to something");
                let tag = std::mem::take(&mut self.tag);
                if let Some(statement) = asked.filter(|statement| !is_said_once(statement)) {
                    self.has_run(statement, &tag, message.content == b"I");
                }
            }
            _ => (),
        }
    }

    fn has_run(&mut self, statement: String, tag: &str, is_over: bool) {
        let did_nothing = tag == "ERROR" || (tag != "SELECT 0" && tag.ends_with(" 0"));
        self.wrote |= writes(&statement) && !did_nothing;
        let mut passed = self.passed.lock().unwrap();
        if is_over && std::mem::take(&mut self.wrote) && tag != "ROLLBACK" {
            passed.commits += 1;
        }
        passed.statements.push(statement);
    }
}

/// Once for each connection.
fn is_said_once(statement: &str) -> bool {
    statement.starts_with("set statement_timeout") || statement.contains("pg_catalog.pg_type")
}

/// Whether a statement writes, as far as its words tell: rows that are locked are written, too, and so is the job
/// queue.
fn writes(statement: &str) -> bool {
    let lower = statement.to_lowercase();
    let mut words = lower.split(|character: char| !character.is_alphanumeric() && character != '_');
    words.any(|word| ["insert", "update", "delete", "share", "add_job", "add_jobs", "remove_job"].contains(&word))
}
