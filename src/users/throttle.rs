//! Slowing down whoever guesses passwords: per account, and per address. Nobody is locked out for good: an account
//! waits a minute at most, so that an attacker cannot keep its owner away; an address a quarter of an hour.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;

use super::EmailAddress;
use crate::secrets::Digest;

/// Who is slowed down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    account: Digest,
    address: Digest,
}

struct Scope {
    name: &'static str,
    /// Failures that cost nothing.
    free: i32,
    /// The longest wait.
    longest: TimeDelta,
}

const ACCOUNT: Scope = Scope { name: "account", free: 5, longest: TimeDelta::seconds(60) };
const ADDRESS: Scope = Scope { name: "address", free: 20, longest: TimeDelta::seconds(900) };
/// After this long without a failure, counting begins anew.
const FORGET_AFTER: TimeDelta = TimeDelta::hours(1);

impl Keys {
    pub(super) fn new(email: &EmailAddress, address: IpAddr) -> Self {
        // People get a whole /64 of IPv6 addresses.
        let network = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets()[..8].to_vec(),
        };
        Self { account: Digest::of(email.as_str()), address: Digest::of(network) }
    }

    fn pairs(&self) -> [(&'static Scope, &Digest); 2] {
        [(&ACCOUNT, &self.account), (&ADDRESS, &self.address)]
    }

    /// How long the next try must wait, if it must.
    pub(super) async fn wait(&self, db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<Option<TimeDelta>> {
        let until = sqlx::query_scalar!(
            "select max(blocked_until) from sign_in_throttle
             where (scope = 'account' and key_digest = $1) or (scope = 'address' and key_digest = $2)",
            self.account.as_bytes(),
            self.address.as_bytes(),
        );
        let until = until.fetch_one(db).await?;
        Ok(until.map(|until| until - now).filter(|wait| *wait > TimeDelta::zero()))
    }

    /// Counts a failure.
    pub(super) async fn count_failure(&self, db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<()> {
        for (scope, digest) in self.pairs() {
            let counted = sqlx::query!(
                "insert into sign_in_throttle as known (scope, key_digest, failures, last_failed_at, blocked_until)
                 values ($1, $2, 1, $3, $3)
                 on conflict (scope, key_digest) do update set
                     failures = case when known.last_failed_at < $4 then 1 else least(known.failures + 1, 1000) end,
                     last_failed_at = $3
                 returning failures",
                scope.name,
                digest.as_bytes(),
                now,
                now - FORGET_AFTER,
            );
            let failures = counted.fetch_one(db).await?.failures;
            let blocked = sqlx::query!(
                "update sign_in_throttle set blocked_until = $3 where scope = $1 and key_digest = $2",
                scope.name,
                digest.as_bytes(),
                now + scope.wait_after(failures),
            );
            blocked.execute(db).await?;
        }
        Ok(())
    }

    /// A success clears the account's count. The address keeps its own: one known password must not buy more guesses.
    pub(super) async fn clear_account(&self, db: &PgPool) -> sqlx::Result<()> {
        let cleared = sqlx::query!(
            "delete from sign_in_throttle where scope = 'account' and key_digest = $1",
            self.account.as_bytes(),
        );
        cleared.execute(db).await?;
        Ok(())
    }
}

/// Deletes counts that no longer matter.
pub(super) async fn purge(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from sign_in_throttle where last_failed_at < $1", now - FORGET_AFTER).execute(db).await?;
    Ok(())
}

impl Scope {
    /// Nothing at first, then 2 seconds, doubling.
    fn wait_after(&self, failures: i32) -> TimeDelta {
        let over = u32::try_from(failures - self.free + 1).unwrap_or(0);
        if over == 0 {
            return TimeDelta::zero();
        }
        TimeDelta::seconds(1 << over.min(20)).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_begins_after_some_free_failures_doubles_and_ends_at_its_limit() {
        let waits: Vec<_> = [1, 4, 5, 6, 7, 9, 10, 1000].map(|n| ACCOUNT.wait_after(n).num_seconds()).to_vec();
        assert_eq!(waits, [0, 0, 2, 4, 8, 32, 60, 60]);
        assert_eq!(ADDRESS.wait_after(19).num_seconds(), 0);
        assert_eq!(ADDRESS.wait_after(1000).num_seconds(), 900);
    }
}
