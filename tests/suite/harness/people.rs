//! How people are let in and let others in: the steps that journeys about them share.

use reqwest::Url;
use scraper::Html;
use tickncook_hubrise::worker;

use super::{
    Browser, CHOSEN, Page, TestApp,
    page::{selector, text_of},
};

pub(crate) const WITH_HUBRISE: &str = "Se connecter avec HubRise";
/// The roles that an invitation can give.
pub(crate) const AS_STAFF: &str = "Membre de l’équipe consulte les points de vente et leurs connexions";
pub(crate) const AS_MANAGER: &str = "Responsable connecte, déconnecte, invite et retire";

/// The secret in the address of a link to send.
pub(crate) fn secret_of(link: &str) -> String {
    let url: Url = link.parse().unwrap();
    url.path_segments().unwrap().next_back().unwrap().to_owned()
}

impl TestApp {
    /// Runs one of the regular jobs now.
    pub(crate) async fn run_regular(&self, job: &str) {
        let due = sqlx::query("select graphile_worker.add_job($1, '{}'::json)").bind(job);
        due.execute(self.db()).await.unwrap();
        self.run_jobs().await;
    }

    /// Runs one of the regular jobs now, with what is due beside it, and then what is due by it: nothing is hurried.
    pub(crate) async fn run_regular_in_time(&self, job: &str) {
        let due = sqlx::query("select graphile_worker.add_job($1, '{}'::json)").bind(job);
        due.execute(self.db()).await.unwrap();
        for _ in 0..2 {
            worker::options(&self.app).init().await.unwrap().run_once().await.unwrap();
        }
    }

    /// The id of somebody's account.
    pub(crate) async fn user(&self, email: &str) -> String {
        let id = sqlx::query_scalar("select id::text from app_user where email = $1").bind(email);
        id.fetch_one(self.db()).await.unwrap()
    }

    /// What somebody may do in which organisations: `Bella Pizza: staff`.
    pub(crate) async fn memberships(&self, email: &str) -> Vec<String> {
        let found = sqlx::query_scalar(
            "select o.name || ': ' || m.role from membership m
             join organisation o on o.id = m.organisation_id join app_user u on u.id = m.user_id
             where u.email = $1 order by o.name",
        );
        found.bind(email).fetch_all(self.db()).await.unwrap()
    }
}

impl Page {
    /// The link that is shown to be copied and sent.
    pub(crate) fn link_to_send(&self) -> String {
        let html = Html::parse_document(&self.body);
        let shown = html.select(&selector("input#address")).next();
        let shown = shown.unwrap_or_else(|| panic!("no link to send on {}: {}", self.url, self.words()));
        shown.attr("value").unwrap().to_owned()
    }

    /// What a hidden field of this name says.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let html = Html::parse_document(&self.body);
        let field = html.select(&selector(&format!("input[type=hidden][name={name}]"))).next();
        let field = field.unwrap_or_else(|| panic!("no hidden {name} on {}: {}", self.url, self.words()));
        field.attr("value").unwrap().to_owned()
    }

    /// What the entry of a list says that these words stand in.
    pub(crate) fn entry(&self, words: &str) -> String {
        let html = Html::parse_document(&self.body);
        let all = selector("main li");
        let mut entries = html.select(&all).map(text_of).filter(|entry| entry.contains(words));
        let found = entries.next();
        found.unwrap_or_else(|| panic!("no entry with `{words}` on {}: {}", self.url, self.words()))
    }
}

impl Browser {
    /// Makes an invitation on the team's page; its link.
    pub(crate) async fn invite(&mut self, note: &str, role: &str) -> String {
        self.open("/settings/team").await;
        let page = self.press("Créer l’invitation", &[("Pour qui ?", note), (role, CHOSEN)]).await;
        page.assert_status(200);
        page.link_to_send()
    }
}
