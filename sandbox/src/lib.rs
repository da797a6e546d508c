//! A HubRise to develop and test against, without HubRise.
//!
//! [`Sandbox::start`] runs one inside a test; the binary `hubrise-sandbox` runs one for a demo. One port serves the
//! OAuth server, the API and the back office. `README.md` says what is documented and what is assumed.

mod api;
mod app;
mod back_office;
mod clock;
mod control;
mod deliveries;
mod injector;
mod oauth;
mod options;
mod router;
mod server;
mod sign_up;
mod state;
mod traffic;
mod web;

pub use options::Options;
pub use state::{Client, ListingForm};

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Result, ensure};
use app::App;
use deliveries::Sender;
use server::{Listener, Reservation, Server};

/// A running sandbox. Dropping it ends it.
#[derive(Debug)]
pub struct Sandbox {
    app: Arc<App>,
    address: SocketAddr,
    url: String,
    running: Running,
}

#[derive(Debug)]
enum Running {
    Yes {
        server: Server,
        sender: Sender,
    },
    /// Holds the port, where the system allows it, so that nobody else gets it meanwhile.
    No(Option<Reservation>),
}

impl Running {
    fn start(listener: Listener, app: &Arc<App>) -> Self {
        Self::Yes { server: Server::start(listener, router::build(app)), sender: Sender::start(app.clone()) }
    }
}

impl Sandbox {
    /// Binds the port and serves from then on.
    ///
    /// # Errors
    /// When the port is taken, when the seed or the state file cannot be used, or when the control interface is asked
    /// for on an address that others can reach.
    #[expect(clippy::unused_async, reason = "it needs a runtime, which `await` makes sure of")]
    pub async fn start(options: Options) -> Result<Self> {
        ensure!(
            !options.control || options.host.is_loopback(),
            "the control interface has no password: it is served on a loopback address only, and {} is not one",
            options.host
        );
        let listener = Listener::bind(SocketAddr::new(options.host, options.port))?;
        let address = listener.address()?;
        let url = server::url_of(address);
        let app = Arc::new(App::new(&options, address.port())?);
        let running = Running::start(listener, &app);
        Ok(Self { app, address, url, running })
    }

    /// Where it is, without a trailing slash: `http://127.0.0.1:41234`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The clients that may ask for access, the one of [`Options::client_id`] first.
    #[must_use]
    pub fn clients(&self) -> &[Client] {
        &self.app.clients
    }

    /// E-mail address and password of the users of the seed.
    #[must_use]
    pub fn sign_ins(&self) -> Vec<(String, String)> {
        self.app.store.demo_sign_ins()
    }

    /// HubRise is down: stops listening and cuts every open connection, answered or not.
    pub async fn stop(&mut self) {
        if let Running::Yes { server, sender } = &mut self.running {
            self.app.injections.stop_all();
            sender.cut().await;
            server.cut().await;
            self.running = Running::No(Reservation::hold(self.address));
        }
    }

    /// HubRise is back: the same port and the same state. Does nothing while it runs.
    ///
    /// # Errors
    /// When another program took the port meanwhile.
    #[expect(clippy::unused_async, reason = "it needs a runtime, which `await` makes sure of")]
    pub async fn restart(&mut self) -> Result<()> {
        if let Running::No(reservation) = &mut self.running {
            drop(reservation.take());
            let listener = Listener::bind(self.address)?;
            self.running = Running::start(listener, &self.app);
        }
        Ok(())
    }

    /// Ends it politely: answers what is being answered, for a second at most.
    pub async fn shut_down(self) {
        if let Running::Yes { server, sender } = self.running {
            drop(sender);
            server.finish().await;
        }
    }
}
