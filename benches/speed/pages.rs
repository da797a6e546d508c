//! The two pages that managers look at, signed in, as a browser asks for them.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Result;
use http_body_util::Full;
use hyper::{Request, StatusCode, body::Bytes};

use crate::{
    load::{Ask, Client, Measured, ask_all, for_a_while},
    person::Person,
};

pub(crate) const PAGES: [(&str, &str); 2] = [("Services tiers", "/services"), ("Points de vente", "/points-of-sale")];

#[expect(clippy::expect_used, reason = "made of nothing but what stands here")]
fn get(host: &str, path: &str, cookies: &str) -> Ask {
    let request = Request::get(path)
        .header("host", host)
        .header("cookie", cookies)
        .header("accept-encoding", "gzip, deflate, br, zstd")
        .header("accept-language", "fr-FR,fr;q=0.9");
    request.body(Full::new(Bytes::new())).expect("a request")
}

/// So many browsers for so long, each of another of these people, as far as there are enough.
pub(crate) async fn measure(
    host: &str,
    people: &[Person],
    path: &'static str,
    clients: usize,
    time: Duration,
) -> Result<Measured> {
    let makers = people.iter().cycle().take(clients).map(|person| {
        let (host, cookies) = (host.to_owned(), person.cookies());
        for_a_while(time, move || get(&host, path, &cookies))
    });
    ask_all(host, makers.collect(), StatusCode::OK).await
}

/// What a first view takes over the wire, in bytes: the page and all that it names, with their heads.
pub(crate) async fn first_view(host: &str, person: &Person, path: &str) -> Result<usize> {
    let mut client = Client::connect(host).await?;
    // A compressed page cannot be read here: what it names is the same.
    let mut plain = get(host, path, &person.cookies());
    plain.headers_mut().remove("accept-encoding");
    let plain = client.ask(plain).await?;
    let named: BTreeSet<String> = String::from_utf8_lossy(plain.body())
        .split('"')
        .filter(|text| text.starts_with("/assets/"))
        .map(str::to_owned)
        .collect();
    let mut bytes = 0;
    for path in std::iter::once(path.to_owned()).chain(named) {
        let answer = client.ask(get(host, &path, &person.cookies())).await?;
        let head: usize = answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        bytes += head + "HTTP/1.1 200 OK\r\n\r\n".len() + answer.body().len();
    }
    Ok(bytes)
}
