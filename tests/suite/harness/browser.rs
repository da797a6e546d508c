//! A browser without scripts: cookies by name and host (ports share them, as in real browsers), redirects, links and
//! forms by their labels. Whatever it receives is kept, to be searched for what nobody must receive.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use reqwest::{
    Client, Method, RequestBuilder, Response, Url,
    header::{COOKIE, HOST, HeaderMap, LOCATION, ORIGIN, SET_COOKIE},
    redirect::Policy,
};

use super::{form::Form, page::Page};

/// All answers of one test, headers and bodies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received(Arc<Mutex<Vec<String>>>);

impl Received {
    fn keep(&self, url: &Url, headers: &HeaderMap, body: &str) {
        self.0.lock().unwrap().push(format!("{url}\n{headers:?}\n{body}"));
    }

    pub(super) fn containing(&self, secret: &str) -> Vec<String> {
        self.0.lock().unwrap().iter().filter(|answer| answer.contains(secret)).cloned().collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own client, which must not share the bridge's")]
pub(crate) fn http_client() -> Client {
    Client::builder().redirect(Policy::none()).no_proxy().build().unwrap()
}

/// A person's browser.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    http: Client,
    /// Where the bridge is for people, and where it really listens.
    bridge: (Url, Url),
    received: Received,
    pub(crate) cookies: BTreeMap<(String, String), String>,
    /// Headers that go with every request.
    pub(crate) headers: Vec<(String, String)>,
    page: Option<Page>,
}

impl Browser {
    pub(super) fn new(public: Url, listening: Url, received: Received) -> Self {
        let (cookies, headers) = (BTreeMap::new(), Vec::new());
        Self { http: http_client(), bridge: (public, listening), received, cookies, headers, page: None }
    }

    /// The page that is shown now.
    pub(crate) fn page(&self) -> &Page {
        self.page.as_ref().expect("no page was opened yet")
    }

    /// A path of the bridge, or any address.
    pub(crate) fn address(&self, path: &str) -> Url {
        self.bridge.0.join(path).expect("an address")
    }

    /// Opens an address and follows where it leads.
    pub(crate) async fn open(&mut self, path: &str) -> &Page {
        let url = self.address(path);
        self.travel(Method::GET, url, None).await
    }

    /// Opens an address, without being led on.
    pub(crate) async fn peek(&mut self, path: &str) -> Page {
        let url = self.address(path);
        self.request(Method::GET, &url, None, &[]).await
    }

    /// Follows the link with this label.
    pub(crate) async fn click(&mut self, label: &str) -> &Page {
        let url = self.page().link(label);
        self.travel(Method::GET, url, None).await
    }

    /// Follows the link with this label that stands in the row or card with these words.
    pub(crate) async fn click_beside(&mut self, words: &str, label: &str) -> &Page {
        let url = self.page().link_beside(words, label);
        self.travel(Method::GET, url, None).await
    }

    /// Fills in the form with a button of this label, and presses it.
    pub(crate) async fn press(&mut self, button: &str, fields: &[(&str, &str)]) -> &Page {
        let form = filled(self.page().form(button), fields);
        self.send(form).await
    }

    /// The same, without being led on.
    pub(crate) async fn press_only(&mut self, button: &str, fields: &[(&str, &str)]) -> Page {
        let form = filled(self.page().form(button), fields);
        let sent = form.fields();
        self.request(Method::POST, &form.action, Some(&sent), &[]).await
    }

    /// Sends a form and follows where it leads.
    pub(crate) async fn send(&mut self, mut form: Form) -> &Page {
        let fields = form.fields();
        if form.method == "post" {
            return self.travel(Method::POST, form.action, Some(fields)).await;
        }
        form.action.query_pairs_mut().clear().extend_pairs(&fields);
        self.travel(Method::GET, form.action, None).await
    }

    /// Posts what no page offers, the way a page of the bridge would.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_with(path, fields, &[]).await
    }

    /// Posts with headers of one's own, in place of those a page of the bridge would send.
    pub(crate) async fn post_with(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Page {
        let url = self.address(path);
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.request(Method::POST, &url, Some(&fields), headers).await
    }

    /// The value of the cookie of this name, whatever host set it.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|((_, found), _)| found == name).map(|(_, value)| value.as_str())
    }

    async fn travel(&mut self, method: Method, url: Url, fields: Option<Vec<(String, String)>>) -> &Page {
        let mut page = self.request(method, &url, fields.as_deref(), &[]).await;
        let mut redirects = Vec::new();
        while page.status.is_redirection() {
            let target = page.target();
            redirects.push(page);
            assert!(redirects.len() < 12, "redirected without end: {redirects:?}");
            page = self.request(Method::GET, &target, None, &[]).await;
        }
        page.redirects = redirects;
        self.page.insert(page)
    }

    /// Asks with any method and any body, and with headers of one's own in place of those a page of the bridge would
    /// send.
    pub(crate) async fn ask(&mut self, method: Method, path: &str, body: &str, headers: &[(&str, &str)]) -> Page {
        let url = self.address(path);
        let request = self.prepare(method, &url, headers).body(body.to_owned());
        self.answer(url, request).await
    }

    async fn request(
        &mut self,
        method: Method,
        url: &Url,
        fields: Option<&[(String, String)]>,
        headers: &[(&str, &str)],
    ) -> Page {
        let mut request = self.prepare(method, url, headers);
        if let Some(fields) = fields {
            request = request.form(fields);
        }
        self.answer(url.clone(), request).await
    }

    fn prepare(&self, method: Method, url: &Url, headers: &[(&str, &str)]) -> RequestBuilder {
        let mut wire = url.clone();
        let mut request_headers = Vec::new();
        if url.origin() == self.bridge.0.origin() && self.bridge.0 != self.bridge.1 {
            wire = self.bridge.1.join(&url[url::Position::BeforePath..]).unwrap();
            request_headers.push((HOST.as_str(), url[url::Position::BeforeHost..url::Position::AfterPort].to_owned()));
        }
        if method == Method::POST && headers.is_empty() {
            request_headers.extend(self.origin_headers(url));
        }
        let mut request = self.http.request(method, wire);
        request_headers.push((COOKIE.as_str(), self.cookies_for(url)));
        request_headers.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
        request_headers.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.clone())));
        for (name, value) in request_headers.into_iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(name, value);
        }
        request
    }

    async fn answer(&mut self, url: Url, request: RequestBuilder) -> Page {
        let response = request.send().await.unwrap_or_else(|error| panic!("no answer from {url}: {error}"));
        self.read(url, response).await
    }

    /// What a browser says of the page that a form is on. A page with `no-referrer` has an opaque origin.
    fn origin_headers(&self, url: &Url) -> [(&'static str, String); 2] {
        let page = self.page.as_ref();
        let same = page.is_none_or(|page| page.url.origin() == url.origin());
        let opaque = page.is_some_and(|page| page.header("referrer-policy") == Some("no-referrer"));
        let origin = page.map_or_else(|| self.bridge.0.origin(), |page| page.url.origin()).ascii_serialization();
        [
            ("sec-fetch-site", if same { "same-origin" } else { "same-site" }.to_owned()),
            (ORIGIN.as_str(), if opaque { "null".to_owned() } else { origin }),
        ]
    }

    fn cookies_for(&self, url: &Url) -> String {
        let host = url.host_str().unwrap_or_default();
        let cookies = self.cookies.iter().filter(|((set_by, _), _)| set_by == host);
        cookies.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    async fn read(&mut self, url: Url, response: Response) -> Page {
        let (status, headers) = (response.status(), response.headers().clone());
        for line in headers.get_all(SET_COOKIE) {
            self.set_cookie(&url, line.to_str().expect("a cookie in plain text"));
        }
        let body = response.text().await.expect("a whole answer");
        self.received.keep(&url, &headers, &body);
        assert_eq!(status.is_redirection(), headers.contains_key(LOCATION), "{url}: {status} {headers:?}");
        Page { status, url, headers, body, redirects: Vec::new() }
    }

    fn set_cookie(&mut self, url: &Url, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie");
        let key = (url.host_str().unwrap_or_default().to_owned(), name.to_owned());
        let ended = parts.any(|part| part.eq_ignore_ascii_case("max-age=0"));
        if ended || value.is_empty() {
            self.cookies.remove(&key);
        } else {
            self.cookies.insert(key, value.to_owned());
        }
    }
}

fn filled(mut form: Form, fields: &[(&str, &str)]) -> Form {
    for (label, value) in fields {
        form.fill(label, value);
    }
    form
}
