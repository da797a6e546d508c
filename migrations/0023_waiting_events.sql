-- What HubRise has for a connection and cannot hand to us is as bad as no callback: it is found with each comparison, told as the
-- want of a callback is, and told apart from it. And so is a callback that leads elsewhere, where it led to us before.

-- Never for long: whoever uses these tables waits behind this.
set local lock_timeout = '10s';

alter table connection
    -- Since when the oldest event waits, if any has for long.
    add column events_waiting_since timestamptz,
    -- Whether that is why it was told that no orders come.
    add column events_wait boolean not null default false,
    -- The host under which the callback was last registered or found: under a former one of ours, it leads nowhere else.
    add column callback_host text,
    -- Since when it is said that it led elsewhere.
    add column callback_replaced_at timestamptz;

alter table alarm
    drop constraint alarm_kind_check,
    add constraint alarm_kind_check check (kind in ('revocation_overdue', 'bad_signature', 'oversized_event',
        'client_rejected', 'unknown_refusal', 'grant_unaccounted', 'callback_missing', 'mails_refused', 'events_waiting',
        'callback_replaced'));
