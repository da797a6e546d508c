-- A connection that works and whose callback HubRise does not take gets no orders, and looks as if all were well. Since when
-- that is so is kept, so that support is told, and the restaurant. And when HubRise granted what a connection has: a grant that
-- waited meanwhile is older, and must not take its place.

-- Never for long: whoever uses these tables waits behind this.
set local lock_timeout = '10s';

alter table connection
    add column callback_missing_since timestamptz,
    add column granted_at timestamptz;

alter table alarm
    drop constraint alarm_kind_check,
    add constraint alarm_kind_check check (kind in ('revocation_overdue', 'bad_signature', 'oversized_event',
        'client_rejected', 'unknown_refusal', 'grant_unaccounted', 'callback_missing'));
