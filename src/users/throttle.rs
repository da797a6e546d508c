//! Slowing down whoever guesses passwords, codes of a second factor, or codes of HubRise: per account, and per address.
//! Nobody is locked out for good: an account waits a minute at most, an address or a second factor a quarter of an
//! hour. A browser that has signed in to the account before is counted by itself, whatever others do. Trips to HubRise
//! that nobody comes back from are slowed down per address, and links to choose a password by per account, too.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;

use super::EmailAddress;
use crate::{clock::CLOCKS_APART, database, ids::UserId, secrets::Digest};

/// Who is slowed down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    /// Cleared by a success; none where a guess is at no account.
    own: Option<(Scope, Digest)>,
    /// Of which a success gives back what it cost; none where others must not matter.
    shared: Option<(Scope, Digest)>,
}

#[derive(Clone, Copy, Debug)]
struct Scope {
    name: &'static str,
    /// Failures that cost nothing.
    free: i32,
    /// The longest wait, in seconds.
    longest: i32,
}

const ACCOUNT: Scope = Scope { name: "account", free: 5, longest: 60 };
/// Whoever guesses here knows the password already, and there are few codes: they wait longer.
const SECOND_FACTOR: Scope = Scope { name: "second_factor", free: 5, longest: 900 };
const ADDRESS: Scope = Scope { name: "address", free: 20, longest: 900 };
/// By a browser that the account knows.
const DEVICE: Scope = Scope { name: "device", free: 5, longest: 60 };
/// More than all who sit behind one address give up in an hour.
const TRIP: Scope = Scope { name: "trip", free: 30, longest: 60 };
/// Each is a mail to somebody who may not have asked for it.
const PASSWORD_LINK: Scope = Scope { name: "password_link", free: 3, longest: 900 };
/// All who sit behind one address, for all accounts.
const PASSWORD_LINKS: Scope = Scope { name: "password_links", free: 10, longest: 900 };
/// After this long without a failure, counting begins anew.
const FORGET_AFTER: TimeDelta = TimeDelta::hours(1);

impl Keys {
    pub(super) fn new(email: &EmailAddress, address: IpAddr) -> Self {
        Self { own: Some((ACCOUNT, Digest::of(email.as_str()))), ..Self::of_address(address) }
    }

    pub(super) fn of_second_factor(user: UserId, address: IpAddr) -> Self {
        Self { own: Some((SECOND_FACTOR, Digest::of(user.uuid().as_bytes()))), ..Self::of_address(address) }
    }

    pub(super) fn of_address(address: IpAddr) -> Self {
        Self { own: None, shared: Some((ADDRESS, network(address))) }
    }

    pub(super) fn of_device(email: &EmailAddress, device: &Digest) -> Self {
        let both = [device.as_bytes(), email.as_str().as_bytes()].concat();
        Self { own: Some((DEVICE, Digest::of(both))), shared: None }
    }

    pub(super) fn of_password_link(email: &EmailAddress, address: IpAddr) -> Self {
        Self {
            own: Some((PASSWORD_LINK, Digest::of(email.as_str()))),
            shared: Some((PASSWORD_LINKS, network(address))),
        }
    }

    pub(super) fn of_trip(address: IpAddr) -> Self {
        Self { own: None, shared: Some((TRIP, network(address))) }
    }

    /// Lets a try pass, or tells how long it must wait. Every try counts as a failure until it turns out not to be one:
    /// of a thousand at once, no more pass than of a thousand in a row.
    pub(super) async fn admit(&self, db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<Option<TimeDelta>> {
        let mut transaction = database::begin(db).await?;
        for (scope, digest) in self.shared.into_iter().chain(self.own) {
            let waits: Vec<f64> = (1..=40).map(|failures| scope.wait_after(failures)).collect();
            let admitted = sqlx::query!(
                "insert into sign_in_throttle as known (scope, key_digest, failures, last_failed_at, blocked_until)
                 values ($1, $2, 1, $3, $3)
                 on conflict (scope, key_digest) do update set
                     failures = case when known.last_failed_at < $4 then 1 else least(known.failures + 1, 40) end,
                     last_failed_at = $3,
                     blocked_until = $3 + make_interval(secs => case when known.last_failed_at < $4 then 0
                         else ($5::double precision[])[least(known.failures + 1, 40)] end)
                 where known.blocked_until <= $3 or known.blocked_until > $6",
                scope.name,
                digest.as_bytes(),
                now,
                now - FORGET_AFTER,
                &waits,
                // Nobody waits for so long: it was kept while the clock was ahead.
                now + TimeDelta::seconds(scope.longest.into()) + CLOCKS_APART,
            );
            if admitted.execute(&mut *transaction).await?.rows_affected() == 0 {
                // Not looked at, and not counted.
                transaction.rollback().await?;
                return self.wait(db, now).await.map(Some);
            }
        }
        transaction.commit().await?;
        Ok(None)
    }

    /// The longer of the two waits; none is left if another try was forgiven in the meantime.
    async fn wait(&self, db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<TimeDelta> {
        let until = sqlx::query_scalar!(
            "select max(blocked_until) from sign_in_throttle
             where (scope = $1 and key_digest = $2) or (scope = $3 and key_digest = $4)",
            self.own.map(|(scope, _)| scope.name),
            self.own.as_ref().map(|(_, digest)| digest.as_bytes()),
            self.shared.map(|(scope, _)| scope.name),
            self.shared.as_ref().map(|(_, digest)| digest.as_bytes()),
        );
        Ok(until.fetch_one(db).await?.map_or(TimeDelta::zero(), |until| (until - now).max(TimeDelta::zero())))
    }

    /// The try was no failure: the account's count is cleared, and the address gets back what this one cost. Not more:
    /// one known password must not buy more guesses.
    pub(super) async fn forgive(&self, db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<()> {
        let cleared = sqlx::query!(
            "delete from sign_in_throttle where scope = $1 and key_digest = $2",
            self.own.map(|(scope, _)| scope.name),
            self.own.as_ref().map(|(_, digest)| digest.as_bytes()),
        );
        cleared.execute(db).await?;
        let returned = sqlx::query!(
            "update sign_in_throttle set failures = greatest(failures - 1, 1), blocked_until = least(blocked_until, $2)
             where scope = $3 and key_digest = $1",
            self.shared.as_ref().map(|(_, digest)| digest.as_bytes()),
            now,
            self.shared.map(|(scope, _)| scope.name),
        );
        returned.execute(db).await?;
        Ok(())
    }
}

/// People get a whole /64 of IPv6 addresses.
fn network(address: IpAddr) -> Digest {
    match address {
        IpAddr::V4(address) => Digest::of(address.octets()),
        IpAddr::V6(address) => Digest::of(&address.octets()[..8]),
    }
}

/// Deletes counts that no longer matter.
pub(super) async fn purge(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from sign_in_throttle where last_failed_at < $1", now - FORGET_AFTER).execute(db).await?;
    Ok(())
}

impl Scope {
    /// In seconds: nothing at first, then 2, doubling.
    fn wait_after(&self, failures: i32) -> f64 {
        let over = failures - self.free + 1;
        if over <= 0 { 0.0 } else { f64::from(over).exp2().min(self.longest.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_begins_after_some_free_failures_doubles_and_ends_at_its_limit() {
        let waits = |scope: &Scope, failures: &[i32]| -> Vec<String> {
            failures.iter().map(|failures| scope.wait_after(*failures).to_string()).collect()
        };
        assert_eq!(waits(&ACCOUNT, &[1, 4, 5, 6, 7, 9, 10, 40]), ["0", "0", "2", "4", "8", "32", "60", "60"]);
        assert_eq!(waits(&ADDRESS, &[1, 19, 20, 40]), ["0", "0", "2", "900"]);
    }
}
