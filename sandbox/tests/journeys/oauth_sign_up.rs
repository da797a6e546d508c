//! Becoming a user, and opening a location, on the way from a client's link back to it.

use hubrise_sandbox::Sandbox;

use crate::browser::{Browser, Page, THOMAS};
use crate::connector::{CLIENT_ID, SCOPE, api, authorise_path, exchange, json_of, start, text_of, token_for};
use crate::team::{PARTNER, READER, team};

const EMAIL: &str = "marie@nouvelle.example";
const PASSWORD: &str = "secret-de-marie";

fn link() -> String {
    authorise_path(CLIENT_ID, SCOPE) + "&account_name=Chez%20Marie&location_name=Nantes&country=CH"
}

fn form<'a>(next: &'a str, changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("email", EMAIL),
        ("password", PASSWORD),
        ("first_name", "Marie"),
        ("last_name", "Petit"),
        ("account_name", "Chez Marie"),
        ("location_name", "Nantes"),
        ("country", "CH"),
        ("next", next),
    ];
    for (name, value) in changed {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields
}

async fn token_of(sandbox: &Sandbox, back: &Page) -> serde_json::Value {
    json_of(exchange(sandbox, &back.target_parameter("code").expect("a code")).await).await
}

/// The value of a field of a page's form.
fn value_of<'a>(page: &'a Page, name: &str) -> &'a str {
    let (_, form) = page.text.split_once("<main").expect("a main part");
    let (_, field) = form.split_once(&format!("name=\"{name}\"")).expect("the field");
    let (_, value) = field.split_once("value=\"").expect("a value");
    value.split('"').next().expect("its end")
}

#[tokio::test]
async fn somebody_new_signs_up_grants_their_first_location_and_is_back_at_the_client() {
    let sandbox = start().await;
    let mut browser = Browser::new(sandbox.url());
    let sign_in = browser.visit(&link()).await;
    let sign_in = browser.visit(sign_in.target()).await;
    assert!(sign_in.words().contains("Pas encore de compte ? Créer un compte"));
    let (_, href) = sign_in.text.split_once("href=\"/signup").expect("a link");
    let sign_up = browser.visit(&format!("/signup{}", href.split('"').next().expect("its end"))).await;
    assert_eq!((value_of(&sign_up, "account_name"), value_of(&sign_up, "location_name")), ("Chez Marie", "Nantes"));
    assert!(sign_up.shows("<option value=\"CH\" selected>Suisse</option>"), "{}", sign_up.text);
    let back = browser.submit(sign_up.main_form_action(), &form(&link(), &[])).await;
    assert_eq!(back.target(), link());
    let consent = browser.visit(back.target()).await;
    for page in ["/", "/configuration"] {
        assert!(!browser.visit(page).await.text.contains(">, "), "nobody asked for the location's address: {page}");
    }
    assert!(consent.words().contains("Chez Marie Nantes ("), "{}", consent.words());
    let (_, option) = consent.text.split_once("<option value=\"").expect("a location");
    let location = option.split('"').next().expect("its id").to_owned();
    let granted = browser.submit(&link(), &[("decision", "allow"), ("location_id", &location)]).await;
    let answer = token_of(&sandbox, &granted).await;
    assert_eq!(answer["location_id"], format!("{}-0", text_of(&answer["account_id"])));
    assert_eq!((&answer["catalog_name"], &answer["customer_list_name"]), (&"Chez Marie".into(), &"Chez Marie".into()));
    let (status, read) = api(&sandbox, &text_of(&answer["access_token"]), "/location").await;
    assert_eq!((status, &read["account"]["currency"], &read["country"]), (200, &"CHF".into(), &"CH".into()));
    assert_eq!(read["timezone"]["name"], "Europe/Zurich");
    let (_, catalogs) = api(&sandbox, &text_of(&answer["access_token"]), "/location/catalogs").await;
    assert_eq!(catalogs[0]["account_id"], answer["account_id"], "it is the account's: {catalogs}");
}

#[tokio::test]
async fn whoever_signed_up_signs_in_again_and_their_password_is_on_no_page() {
    let sandbox = start().await;
    Browser::new(sandbox.url()).submit("/signup", &form("/", &[])).await;
    let mut browser = Browser::new(sandbox.url());
    let login = browser.visit("/login").await;
    assert!(login.shows("hubrise-demo") && !login.shows(PASSWORD) && !login.shows(EMAIL));
    let fields = [("email", "Marie@Nouvelle.example"), ("password", PASSWORD), ("next", "/")];
    assert_eq!(browser.submit("/login", &fields).await.target(), "/");
    let dashboard = browser.visit("/").await;
    assert!(dashboard.words().contains("Bonjour Marie Petit") && !dashboard.shows("3r4s3"), "{}", dashboard.words());
}

#[tokio::test]
async fn what_is_written_wrongly_is_said_field_by_field_and_creates_nobody() {
    let sandbox = start().await;
    let mut browser = Browser::new(sandbox.url());
    let long = "é".repeat(101);
    for (field, value, sentence) in [
        ("email", "", "Ce champ est obligatoire."),
        ("email", "marie", "Ce n'est pas une adresse email."),
        ("email", "a@b@c.example", "Ce n'est pas une adresse email."),
        ("email", "marie nouvelle@c.example", "Ce n'est pas une adresse email."),
        ("email", "THOMAS@bellapizza.example", "Un utilisateur a déjà cette adresse email."),
        ("password", "court", "Choisissez un mot de passe de 8 à 100 caractères."),
        ("password", &long, "Choisissez un mot de passe de 8 à 100 caractères."),
        ("first_name", "   ", "Ce champ est obligatoire."),
        ("account_name", "", "Ce champ est obligatoire."),
        ("account_name", &long, "C'est trop long"),
        ("location_name", "\t \n", "Ce champ est obligatoire."),
        ("location_name", "a\0b", "caractères qui ne s'écrivent pas"),
        ("country", "ZZ", "Choisissez un pays de la liste."),
    ] {
        let page = browser.submit("/signup", &form(&link(), &[(field, value)])).await;
        assert_eq!((page.status, page.set_cookies.len()), (422, 0), "{field}={value}");
        assert!(page.shows(sentence), "{field}={value}: {}", page.words());
        assert!(page.shows(&format!("aria-describedby=\"{field}-flaw\"")), "{field}");
        assert!(!page.shows(PASSWORD) && page.shows(&link()), "the way back is kept, the password is not");
    }
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    assert_eq!(browser.submit("/login", &fields).await.status, 422);
    let empty = browser.submit("/signup", &[]).await;
    assert_eq!(empty.status, 422);
}

#[tokio::test]
async fn signing_up_speaks_english_and_leads_nowhere_but_into_the_sandbox() {
    let sandbox = start().await;
    let mut browser = Browser::new(sandbox.url());
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    let page = browser.visit("/signup?country=gb&account_name=A&next=https://evil.example/?account_name=B").await;
    for label in ["Create an account", "First name", "Location name", "United Kingdom"] {
        assert!(page.shows(label), "{label}");
    }
    assert_eq!((value_of(&page, "next"), value_of(&page, "account_name")), ("/", "A"));
    let back = browser.submit("/signup", &form("//evil.example/", &[])).await;
    assert_eq!(back.target(), "/");
}

#[tokio::test]
async fn a_new_location_is_created_on_the_way_and_can_be_granted() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let consent = browser.visit(&link()).await;
    let sentence = "Souhaitez-vous connecter un nouveau point de vente ? Créer un nouveau point de vente";
    assert!(consent.words().contains(sentence), "{}", consent.words());
    let (_, href) = consent.text.split_once("href=\"/locations/new").expect("a link");
    let page = browser.visit(&format!("/locations/new{}", href.split('"').next().expect("its end"))).await;
    assert_eq!(value_of(&page, "location_name"), "Nantes");
    let next = link();
    let fields = [("account_id", "3r4s3"), ("location_name", " Nantes "), ("country", "FR"), ("next", next.as_str())];
    let back = browser.submit(page.main_form_action(), &fields).await;
    assert_eq!(back.target(), link());
    assert!(browser.visit(back.target()).await.shows("Bella Pizza Nantes (3r4s3-3)"));
    let token = token_for(&sandbox, "3r4s3-3").await;
    let (_, location) = api(&sandbox, &token, "/location").await;
    assert_eq!((&location["name"], &location["country"]), (&"Nantes".into(), &"FR".into()));
}

#[tokio::test]
async fn a_new_location_is_asked_for_in_english_too() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    let sentence = "Do you want to connect a new location? Create a new location";
    assert!(browser.visit(&link()).await.words().contains(sentence));
    assert!(browser.visit("/locations/new").await.shows("Create a new location"));
    let account = authorise_path(CLIENT_ID, "account[orders.read]");
    assert!(!browser.visit(&account).await.shows("/locations/new"), "an account is asked for, not a location");
}

#[tokio::test]
async fn only_an_administrator_of_the_account_creates_a_location_and_only_a_proper_one() {
    let sandbox = team().await;
    let fields = |account, name, country| [("account_id", account), ("location_name", name), ("country", country)];
    for (email, account, status) in
        [(THOMAS, "z6q31", 404), (THOMAS, "", 404), (PARTNER, "3r4s3", 403), (READER, "3r4s3", 403)]
    {
        let mut browser = Browser::signed_in(sandbox.url(), email).await;
        let page = browser.submit("/locations/new", &fields(account, "Nantes", "FR")).await;
        assert_eq!(page.status, status, "{email} {account}");
    }
    assert_eq!(Browser::signed_in(sandbox.url(), READER).await.visit("/locations/new").await.status, 403);
    assert!(Browser::new(sandbox.url()).visit("/locations/new").await.target().starts_with("/login"));
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    for (name, country) in [("", "FR"), (" ", "FR"), ("Nantes", ""), ("Nantes", "France")] {
        let page = browser.submit("/locations/new", &fields("3r4s3", name, country)).await;
        assert_eq!(page.status, 422, "{name} {country}");
    }
    assert!(!browser.visit("/").await.shows("3r4s3-3"), "nothing was created");
}
