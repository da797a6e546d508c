-- Connections that tell the truth: how each one is, what was asked of HubRise for it and what HubRise sent, who did what
-- and when, what the managers and the operator are told of, and the second factor of TicknCook's support.

-- How a connection is. Only a 401 makes it fail, and only an answer to its token clears that.
alter table connection
    add column failed_since timestamptz,
    add column failure text check (failure in ('unpaid', 'blocked', 'revoked', 'disconnected', 'unknown')),
    -- HubRise has not answered since then, which says nothing of the connection.
    add column unreachable_since timestamptz,
    -- When HubRise was last asked, and when it is to be asked next.
    add column checked_at timestamptz,
    add column next_check_at timestamptz not null default now(),
    -- HubRise announced a disconnection, which is believed only once a 401 confirms it.
    add column notice_at timestamptz,
    -- The managers were told of the failure.
    add column told_at timestamptz,
    add column names_checked_at timestamptz,
    -- What stands in the address that HubRise sends events to. It finds the connection; the signature is what proves.
    add column callback_key text unique check (callback_key ~ '^[A-Za-z0-9_-]{43}$'),
    add column callback_registered_at timestamptz,
    add column callback_checked_at timestamptz,
    add constraint connection_failure check ((failed_since is null) = (failure is null)),
    add constraint connection_told check (told_at is null or failed_since is not null);

-- Those that were there before are spread over an hour.
update connection set next_check_at = now() + random() * interval '1 hour';

create index connection_next_check on connection (next_check_at);
create index connection_failing on connection (failed_since) where failed_since is not null;
create index connection_unreachable on connection (unreachable_since) where unreachable_since is not null;

-- How much of HubRise's limits the calls with a token have used, in HubRise's own clock windows, by all processes.
create table hubrise_budget (
    token_digest bytea primary key check (octet_length(token_digest) = 32),
    minute timestamptz not null,
    in_minute integer not null,
    heavy_in_minute integer not null,
    hour timestamptz not null,
    in_hour integer not null,
    day timestamptz not null,
    in_day integer not null,
    -- HubRise asked for silence until then.
    paused_until timestamptz
);

create index hubrise_budget_day on hubrise_budget (day);

-- The calls with a token, a row a day for each kind and outcome. Secrets and e-mail addresses are taken out of the excerpts.
create table hubrise_call (
    token_digest bytea not null check (octet_length(token_digest) = 32),
    day date not null,
    method text not null,
    path text not null,
    outcome text not null,
    times integer not null default 1 check (times > 0),
    first_at timestamptz not null,
    last_at timestamptz not null,
    milliseconds integer not null,
    request_excerpt text,
    response_excerpt text,
    primary key (token_digest, day, method, path, outcome)
);

create index hubrise_call_day on hubrise_call (day);

-- What HubRise sent, as it came. Orders are kept for what the product will do with them.
create table hubrise_event (
    id uuid primary key,
    organisation_id uuid not null references organisation (id) on delete cascade,
    connection_id uuid not null,
    -- HubRise's own id of it, or the digest of a body that tells none: a duplicate is one row.
    event_id text not null,
    resource_type text,
    event_type text,
    body bytea not null,
    status text not null check (status in ('kept', 'pending', 'applied')),
    received_at timestamptz not null,
    finished_at timestamptz,
    times integer not null default 1 check (times > 0),
    check ((status = 'applied') = (finished_at is not null)),
    constraint hubrise_event_once unique (connection_id, event_id)
);

create index hubrise_event_received on hubrise_event (received_at);
create index hubrise_event_pending on hubrise_event (connection_id) where status = 'pending';
create index hubrise_event_organisation on hubrise_event (organisation_id);

-- A connection's callback goes before its token.
alter table revocation
    add column callback text not null default 'none' check (callback in ('none', 'wanted', 'removed', 'ended')),
    add column callback_ended_at timestamptz,
    add constraint revocation_callback check ((callback in ('removed', 'ended')) = (callback_ended_at is not null));

-- Support removes a location only with a reason.
alter table disconnection
    add column reason text check (reason = btrim(reason) and char_length(reason) between 1 and 500),
    add column requested_by_support boolean not null default false,
    add constraint disconnection_support check (not requested_by_support or reason is not null);

-- Who did what, on what, when. Names are kept as they were; nothing in it is ever changed.
create table history_entry (
    id uuid primary key,
    organisation_id uuid not null references organisation (id) on delete cascade,
    at timestamptz not null,
    actor text not null check (actor in ('person', 'support', 'api', 'owner', 'hubrise', 'system')),
    actor_id uuid,
    actor_name text,
    action text not null,
    subject_id uuid,
    subject_name text,
    -- The connection that it is about, for that one's own page.
    connection_id uuid,
    change_before jsonb,
    change_after jsonb,
    reason text,
    check ((actor in ('person', 'support', 'api')) = (actor_name is not null))
);

create index history_entry_organisation on history_entry (organisation_id, id desc);
create index history_entry_connection on history_entry (connection_id, id desc) where connection_id is not null;

create function keep_history() returns trigger language plpgsql as $$
begin
    -- Only together with its organisation.
    if tg_op = 'DELETE' and not exists (select from organisation where id = old.organisation_id) then
        return old;
    end if;
    raise exception 'the history is append-only';
end
$$;

create trigger history_entry_kept before update or delete on history_entry for each row execute function keep_history();
create trigger history_entry_whole before truncate on history_entry execute function keep_history();

-- What needs a person of TicknCook's, until it does not any more.
create table alarm (
    id uuid primary key,
    kind text not null check (kind in ('revocation_overdue', 'bad_signature', 'oversized_event', 'client_rejected', 'unknown_refusal')),
    -- What it is about: one alarm for each.
    subject text not null,
    organisation_id uuid references organisation (id) on delete cascade,
    connection_id uuid,
    detail text,
    times integer not null default 1 check (times > 0),
    first_at timestamptz not null,
    last_at timestamptz not null,
    ended_at timestamptz
);

create unique index alarm_open on alarm (kind, subject) where ended_at is null;

-- Mails, until they are sent and for a while afterwards. One for each purpose and recipient, whatever is tried twice.
create table mail (
    id uuid primary key,
    purpose text not null unique,
    recipient text not null,
    subject text not null,
    body_text text not null,
    body_html text not null,
    organisation_id uuid references organisation (id) on delete cascade,
    connection_id uuid,
    created_at timestamptz not null,
    sent_at timestamptz,
    given_up_at timestamptz,
    check (sent_at is null or given_up_at is null)
);

create index mail_created on mail (created_at);
create index mail_connection on mail (connection_id) where connection_id is not null;

-- TicknCook's support proves a second time who they are.
alter table app_user
    add column totp_key_id text,
    add column totp_ciphertext bytea,
    -- The time step of the last code that was accepted: no code is good twice.
    add column totp_last_step bigint,
    add constraint app_user_totp check ((totp_ciphertext is null) = (totp_key_id is null));

-- Wrong codes of the second factor are counted apart from wrong passwords.
alter table sign_in_throttle
    drop constraint sign_in_throttle_scope_check,
    add constraint sign_in_throttle_scope_check check (scope in ('account', 'second_factor', 'address'));

-- Support searches by fragments of names and addresses, over everybody, without regard to case and accents. The collation
-- is named, because that of the database may know no letters beyond ASCII.
create extension if not exists pg_trgm;

create function searchable(text) returns text language sql immutable strict parallel safe
    return lower(regexp_replace(normalize($1, nfd), '[\u0300-\u036f]', '', 'g') collate "und-x-icu");

create index organisation_name_search on organisation using gin (searchable(name) gin_trgm_ops);
create index app_user_email_search on app_user using gin (email gin_trgm_ops);
create index connection_name_search on connection
    using gin (searchable(coalesce(account_name, '') || ' ' || coalesce(location_name, '')) gin_trgm_ops);
create index point_of_sale_name_search on point_of_sale using gin (searchable(name) gin_trgm_ops);
create index disconnection_name_search on disconnection
    using gin (searchable(point_of_sale_name || ' ' || coalesce(location_name, '')) gin_trgm_ops);
create index connection_account_id_search on connection (lower(account_id) text_pattern_ops);
create index connection_location_id_search on connection (lower(location_id) text_pattern_ops);

-- What happened to one connection, or to one restaurant that has none yet.
create index authorisation_attempt_organisation on authorisation_attempt (organisation_id, created_at desc);
create index authorisation_attempt_connection on authorisation_attempt (connection_id) where connection_id is not null;
create index pending_connection_connection on pending_connection (connection_id) where connection_id is not null;
create index pending_connection_reconnects on pending_connection (reconnects) where reconnects is not null;
create index hubrise_event_timeline on hubrise_event (connection_id, received_at desc);
create index revocation_waiting on revocation (requested_at) where status in ('pending', 'in_flight');
