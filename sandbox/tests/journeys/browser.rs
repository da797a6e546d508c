//! A browser without scripts: cookies, forms and redirects, one step at a time.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};

pub(crate) const THOMAS: &str = "thomas@bellapizza.example";
pub(crate) const NESTOR: &str = "nestor@cheznestor.example";
const PASSWORD: &str = "hubrise-demo";

#[expect(clippy::disallowed_methods, reason = "the bridge's client is not the sandbox's business")]
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().expect("a client")
}

pub(crate) struct Browser {
    http: reqwest::Client,
    host: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    /// Where it redirects to.
    pub(crate) location: Option<String>,
    pub(crate) set_cookies: Vec<String>,
    pub(crate) headers: reqwest::header::HeaderMap,
    /// With character references resolved.
    pub(crate) text: String,
}

impl Browser {
    pub(crate) fn new(host: &str) -> Self {
        Self { http: http(), host: host.to_owned(), cookies: BTreeMap::new() }
    }

    pub(crate) async fn signed_in(host: &str, email: &str) -> Self {
        let mut browser = Self::new(host);
        let page = browser.submit("/login", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(page.status, 303, "{}", page.text);
        browser
    }

    pub(crate) async fn visit(&mut self, path: &str) -> Page {
        let request = self.http.get(format!("{}{path}", self.host));
        self.send(request).await
    }

    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.submit_from(path, fields, &[]).await
    }

    pub(crate) async fn submit_from(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Page {
        let mut request = self.http.post(format!("{}{path}", self.host)).form(fields);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(COOKIE, cookies.join("; ")).send().await.expect("an answer");
        let page = Page::read(response).await;
        for line in &page.set_cookies {
            let pair = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.cookies.insert(pair.0.to_owned(), pair.1.to_owned());
        }
        page
    }
}

impl Page {
    async fn read(response: Response) -> Self {
        let header = |value: &reqwest::header::HeaderValue| value.to_str().expect("text").to_owned();
        let headers = response.headers().clone();
        Self {
            status: response.status().as_u16(),
            location: headers.get(LOCATION).map(header),
            set_cookies: headers.get_all(SET_COOKIE).iter().map(header).collect(),
            headers,
            text: unescape(&response.text().await.expect("a page")),
        }
    }

    /// Where it redirects to, which it must.
    pub(crate) fn target(&self) -> &str {
        self.location.as_deref().unwrap_or_else(|| panic!("{} is no redirect: {}", self.status, self.text))
    }

    /// One parameter of the address that it redirects to.
    pub(crate) fn target_parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.target().split_once('?')?;
        url::form_urlencoded::parse(query.as_bytes()).find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// The text, each run of blanks and tags as one blank.
    pub(crate) fn words(&self) -> String {
        let untagged = self.text.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, after)| after));
        untagged.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    }

    /// What the first form posts to.
    pub(crate) fn main_form_action(&self) -> &str {
        let (_, main) = self.text.split_once("<main").expect("a main part");
        let (_, action) = main.split_once("action=\"").expect("a form");
        action.split('"').next().expect("an action")
    }
}

fn unescape(html: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
    ];
    let mut text = named.iter().fold(html.to_owned(), |text, (from, to)| text.replace(from, to));
    for ampersand in ["&#38;", "&amp;"] {
        text = text.replace(ampersand, "&");
    }
    text
}
