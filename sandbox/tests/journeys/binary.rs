//! The program itself: what it prints, and how it ends.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::browser::http;

struct Program {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hubrise-sandbox"));
        command.args(["--port", "0"]).args(arguments).env_remove("SANDBOX_PORT").env_remove("RUST_LOG");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// Ends it by a signal, and returns its exit code and what else it printed and logged.
    fn end_by(mut self, signal: &str) -> (Option<i32>, String) {
        let kill = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill");
        assert!(kill.success());
        let status = self.child.wait().expect("it ends");
        let mut log = String::new();
        self.out.read_to_string(&mut log).expect("text");
        self.child.stderr.take().expect("its log").read_to_string(&mut log).expect("text");
        (status.code(), log)
    }
}

#[tokio::test]
async fn it_prints_where_it_is_with_a_sign_in_and_a_client_of_its_own_making() {
    let mut program = Program::start(&[]);
    let line = program.line();
    let (_, rest) = line.split_once("HubRise sandbox on ").expect("the address");
    let (url, rest) = rest.split_once(", ").expect("the sign-in");
    assert_eq!(rest, "sign in as thomas@bellapizza.example / hubrise-demo");
    let client = program.line();
    assert!(client.contains(".clients.hubrise.com") && client.contains("client secret"), "{client}");
    let sign_in = http().get(format!("{url}/login?next=%2Fconnections")).send().await.expect("an answer");
    assert_eq!(sign_in.status(), 200);
    let control = http().get(format!("{url}/control/connections")).send().await.expect("an answer");
    assert_eq!(control.status(), 404, "off unless asked for");
    let (code, log) = program.end_by("-TERM");
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("path=\"/login\" status=200"), "{log}");
    assert!(!log.contains("next"), "the query is not logged: {log}");
}

#[tokio::test]
async fn it_ends_on_an_interrupt_and_keeps_a_given_secret_to_itself() {
    let mut program = Program::start(&["--client-id", "an.id", "--client-secret", "a-secret"]);
    let line = program.line();
    assert!(line.starts_with("HubRise sandbox on http://127.0.0.1:"), "{line}");
    let (code, log) = program.end_by("-INT");
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("a-secret"), "{log}");
}

#[tokio::test]
async fn half_a_client_is_refused() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubrise-sandbox"));
    let output = command.args(["--port", "0", "--client-id", "an.id"]).output().expect("it starts");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--client-secret"));
}
