//! A mail server for one test, and what it was given to deliver.

use std::{
    io,
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use mail_parser::MessageParser;
use mailin_embedded::{Handler, Server, SslConfig, response::OK, response::OUT_OF_SPACE};
use reqwest::Url;

/// A mail that was delivered.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) id: String,
    /// The names of its headers.
    pub(crate) headers: Vec<String>,
}

#[derive(Debug, Default)]
struct State {
    delivered: Vec<Delivered>,
    is_full: bool,
}

/// The mail server. It answers until the tests end.
#[derive(Clone, Debug)]
pub(crate) struct Mailbox {
    state: Arc<Mutex<State>>,
    address: String,
}

impl Delivered {
    /// The address that it leads to.
    pub(crate) fn link(&self) -> Url {
        let line = self.text.lines().find(|line| line.starts_with("http")).expect("a line with an address");
        assert!(self.html.contains(&format!("href=\"{line}\"")), "not in the HTML: {line}");
        line.parse().unwrap()
    }
}

impl Mailbox {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let mut server = Server::new(Reception { state: state.clone(), message: Vec::new() });
        // A thread for each connection that the bridge keeps open.
        server.with_name("mail.test").with_ssl(SslConfig::None).unwrap().with_num_threads(16);
        server.with_tcp_listener(listener);
        thread::spawn(move || server.serve().unwrap());
        Self { state, address }
    }

    /// What the bridge is told of it.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The only mail since the last time somebody looked.
    pub(crate) fn collect_one(&self) -> Delivered {
        let mails = self.collect();
        let [mail] = <[Delivered; 1]>::try_from(mails).unwrap_or_else(|mails| panic!("not one mail: {mails:#?}"));
        mail
    }

    /// From now on it refuses mails, or takes them again.
    pub(crate) fn be_full(&self, is_full: bool) {
        self.state.lock().unwrap().is_full = is_full;
    }

    /// The mails since the last time somebody looked, by their recipients.
    pub(crate) fn collect(&self) -> Vec<Delivered> {
        let mut delivered = std::mem::take(&mut self.state.lock().unwrap().delivered);
        delivered.sort_by(|one, other| one.to.cmp(&other.to));
        delivered
    }
}

#[derive(Clone)]
struct Reception {
    state: Arc<Mutex<State>>,
    message: Vec<u8>,
}

impl Handler for Reception {
    fn rcpt(&mut self, _to: &str) -> mailin_embedded::Response {
        if self.state.lock().unwrap().is_full { OUT_OF_SPACE } else { OK }
    }

    fn data(&mut self, part: &[u8]) -> io::Result<()> {
        self.message.extend_from_slice(part);
        Ok(())
    }

    fn data_end(&mut self) -> mailin_embedded::Response {
        let message = std::mem::take(&mut self.message);
        let mut state = self.state.lock().unwrap();
        let message = MessageParser::default().parse(&message).expect("a mail");
        let recipient = message.to().and_then(|to| to.first()).and_then(|to| to.address());
        state.delivered.push(Delivered {
            to: recipient.expect("a recipient").to_owned(),
            subject: message.subject().expect("a subject").to_owned(),
            text: message.body_text(0).expect("a text").into_owned(),
            html: message.body_html(0).expect("HTML").into_owned(),
            id: message.message_id().expect("a Message-ID").to_owned(),
            headers: message.headers().iter().map(|header| header.name().to_owned()).collect(),
        });
        OK
    }
}
