-- A connection that works and whose callback HubRise does not take gets no orders, and looks as if all were well. Since when
-- that is so is kept, so that support is told, and the restaurant.

-- Never for long: whoever writes to these tables waits behind this.
set local lock_timeout = '10s';

alter table connection add column callback_missing_since timestamptz;
create index connection_callback_missing on connection (callback_missing_since) where callback_missing_since is not null;

alter table alarm
    drop constraint alarm_kind_check,
    add constraint alarm_kind_check check (kind in ('revocation_overdue', 'bad_signature', 'oversized_event',
        'client_rejected', 'unknown_refusal', 'grant_unaccounted', 'callback_missing'));
