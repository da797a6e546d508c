//! Calls that are counted together before they are made, and noted together afterwards: a statement for all that come
//! at the same time. Rows are written in the order of their tokens, so that no two processes wait for each other.

use std::{collections::HashSet, hash::Hash, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::ledger::LONGEST_PAUSE;
use crate::{clock::Clock, database::KeptConnection, gathering::Worker, secrets::Digest};

/// A call that is to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) token: Digest,
    pub(super) is_heavy: bool,
}

/// What a call came to.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) token: Digest,
    pub(super) at: DateTime<Utc>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) outcome: String,
    pub(super) milliseconds: i32,
    pub(super) request: Option<String>,
    pub(super) response: Option<String>,
}

type Outcome<T> = Result<T, Arc<sqlx::Error>>;

/// How long the database may take for one statement. One that falls silent must not hold up all that comes later.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn admit_all(db: PgPool, clock: Clock, mut worker: Worker<Asked, Outcome<bool>>) {
    let mut kept = KeptConnection::of(&db);
    while let Some(taken) = worker.take() {
        let mut outcomes = vec![Ok(false); taken.things.len()];
        for round in rounds(&taken.things, |asked| asked.token) {
            let asked: Vec<Asked> = round.iter().map(|index| taken.things[*index]).collect();
            let admitted =
                kept.in_time(PATIENCE, async |db| admit(db, clock.now(), &asked).await).await.map_err(Arc::new);
            for (index, asked) in round.into_iter().zip(asked) {
                outcomes[index] = match &admitted {
                    Ok(tokens) => Ok(tokens.contains(&asked.token)),
                    Err(error) => Err(Arc::clone(error)),
                };
            }
        }
        taken.answer(outcomes);
    }
}

pub(super) async fn note_all(db: PgPool, mut worker: Worker<Note, Outcome<()>>) {
    let mut kept = KeptConnection::of(&db);
    while let Some(taken) = worker.take() {
        let mut outcomes = vec![Ok(()); taken.things.len()];
        let key = |note: &Note| {
            (note.token, note.method.clone(), note.path.clone(), note.outcome.clone(), note.at.date_naive())
        };
        for round in rounds(&taken.things, key) {
            let notes: Vec<&Note> = round.iter().map(|index| &taken.things[*index]).collect();
            let outcome = kept.in_time(PATIENCE, async |db| note(db, &notes).await).await.map_err(Arc::new);
            for index in round {
                outcomes[index].clone_from(&outcome);
            }
        }
        taken.answer(outcomes);
    }
}

/// Which things can be written with one statement: none of them is about the same row as another.
fn rounds<T, K: Ord + Hash + Clone>(things: &[T], key: impl Fn(&T) -> K) -> Vec<Vec<usize>> {
    let mut left: Vec<(K, usize)> = things.iter().enumerate().map(|(index, thing)| (key(thing), index)).collect();
    left.sort();
    let mut rounds = Vec::new();
    while !left.is_empty() {
        let mut seen = HashSet::new();
        let (round, later): (Vec<_>, Vec<_>) = left.into_iter().partition(|(key, _)| seen.insert(key.clone()));
        rounds.push(round.into_iter().map(|(_, index)| index).collect());
        left = later;
    }
    rounds
}

/// The tokens with which a call may be made, and is counted.
async fn admit(db: &mut PgConnection, now: DateTime<Utc>, asked: &[Asked]) -> sqlx::Result<HashSet<Digest>> {
    let tokens: Vec<Vec<u8>> = asked.iter().map(|asked| asked.token.as_bytes().to_vec()).collect();
    let heavy: Vec<i32> = asked.iter().map(|asked| i32::from(asked.is_heavy)).collect();
    let admitted = sqlx::query_scalar!(
        "insert into hubrise_budget as b (token_digest, minute, in_minute, heavy_in_minute, hour, in_hour, day, in_day)
         select token, date_trunc('minute', $1::timestamptz), 1, heavy, date_trunc('hour', $1::timestamptz), 1,
            date_trunc('day', $1::timestamptz, 'UTC'), 1
         from unnest($2::bytea[], $3::int[]) as asked (token, heavy)
         on conflict (token_digest) do update set
            minute = excluded.minute, hour = excluded.hour, day = excluded.day,
            in_minute = case when b.minute = excluded.minute then b.in_minute else 0 end + 1,
            heavy_in_minute = case when b.minute = excluded.minute then b.heavy_in_minute else 0 end
                + excluded.heavy_in_minute,
            in_hour = case when b.hour = excluded.hour then b.in_hour else 0 end + 1,
            in_day = case when b.day = excluded.day then b.in_day else 0 end + 1
         where (b.paused_until is null or b.paused_until <= $1 or b.paused_until > $4)
            and (b.minute <> excluded.minute
                or (b.in_minute < 500 and b.heavy_in_minute + excluded.heavy_in_minute <= 10))
            and (b.hour <> excluded.hour or b.in_hour < 2500)
            and (b.day <> excluded.day or b.in_day < 10000)
         returning token_digest",
        now,
        &tokens,
        &heavy,
        // Nothing pauses for so long: it was kept while the clock was ahead.
        now + LONGEST_PAUSE + LONGEST_PAUSE,
    );
    Ok(admitted.fetch_all(db).await?.iter().filter_map(|token| Digest::stored(token)).collect())
}

async fn note(db: &mut PgConnection, notes: &[&Note]) -> sqlx::Result<()> {
    let texts = |text: fn(&Note) -> &str| notes.iter().map(|note| text(note).to_owned()).collect::<Vec<String>>();
    let excerpts = |text: fn(&Note) -> &Option<String>| notes.iter().map(|note| text(note).clone()).collect::<Vec<_>>();
    let tokens: Vec<Vec<u8>> = notes.iter().map(|note| note.token.as_bytes().to_vec()).collect();
    let at: Vec<DateTime<Utc>> = notes.iter().map(|note| note.at).collect();
    let milliseconds: Vec<i32> = notes.iter().map(|note| note.milliseconds).collect();
    let written = sqlx::query!(
        "insert into hubrise_call as c (token_digest, day, method, path, outcome, first_at, last_at, milliseconds,
            request_excerpt, response_excerpt)
         select token, (at at time zone 'UTC')::date, method, path, outcome, at, at, milliseconds, request, response
         from unnest($1::bytea[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[])
            as made (token, at, method, path, outcome, milliseconds, request, response),
            (select set_config('synchronous_commit', 'off', true)) as soon
         on conflict (token_digest, day, method, path, outcome) do update set
            times = c.times + 1, last_at = excluded.last_at, milliseconds = excluded.milliseconds,
            request_excerpt = excluded.request_excerpt, response_excerpt = excluded.response_excerpt",
        &tokens,
        &at,
        &texts(|note| &note.method),
        &texts(|note| &note.path),
        &texts(|note| &note.outcome),
        &milliseconds,
        &excerpts(|note| &note.request) as &[Option<String>],
        &excerpts(|note| &note.response) as &[Option<String>],
    );
    written.execute(db).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_things_of_a_round_are_about_the_same_row_and_the_rows_are_in_order() {
        assert_eq!(rounds(&[3, 1, 3, 2, 3, 1], |thing| *thing), [vec![1, 3, 0], vec![5, 2], vec![4]]);
        assert_eq!(rounds::<u8, u8>(&[], |thing| *thing), [[0; 0]; 0]);
    }
}
