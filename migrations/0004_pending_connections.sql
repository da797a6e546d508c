-- Grants of HubRise that wait for a person's word before they become a connection, the links that a manager sends to
-- the owner of a HubRise account, and trips to HubRise for more purposes than connecting one's own point of sale.

create table connection_link (
    id uuid primary key,
    organisation_id uuid not null references organisation (id) on delete cascade,
    -- What it will connect; without one, a new point of sale under that name.
    point_of_sale_id uuid,
    new_point_of_sale_name text,
    -- What the owner is expected to choose, as its maker calls it.
    account_name text not null check (account_name = btrim(account_name) and char_length(account_name) between 1 and 120),
    location_name text not null check (location_name = btrim(location_name) and char_length(location_name) between 1 and 120),
    secret_digest bytea not null unique check (octet_length(secret_digest) = 32),
    -- The secret itself, for whoever made the link to copy it again; wiped once the link is of no use.
    secret_key_id text,
    secret_ciphertext bytea,
    created_by uuid references app_user (id) on delete set null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    -- For which location it was used.
    used_location_id text,
    used_location_name text,
    cancelled_at timestamptz,
    check ((point_of_sale_id is null) = (new_point_of_sale_name is not null)),
    check ((secret_ciphertext is null) = (secret_key_id is null)),
    check (used_at is null or cancelled_at is null),
    check ((used_at is null and cancelled_at is null) or secret_ciphertext is null),
    check ((used_at is null) = (used_location_id is null))
);

create index connection_link_organisation on connection_link (organisation_id, created_at desc);

alter table connection
    -- HubRise's name for this install of ours, where its answer told.
    add column app_instance_id text,
    add column connected_by_link uuid references connection_link (id) on delete set null;

create index connection_app_instance on connection (app_instance_id) where app_instance_id is not null;

create table pending_connection (
    id uuid primary key,
    -- The browser that brought it; nobody else sees or confirms it.
    browser_id uuid not null,
    origin text not null check (origin in ('hubrise', 'link', 'reconnection')),
    -- Whose it will be, where that is settled: by the link, by the connection that was to be repaired, or at the end.
    organisation_id uuid references organisation (id) on delete cascade,
    connection_link_id uuid references connection_link (id) on delete cascade,
    reconnects uuid,
    account_id text not null,
    account_name text,
    location_id text not null,
    location_name text,
    catalog_id text,
    catalog_name text,
    customer_list_id text,
    customer_list_name text,
    app_instance_id text,
    token_key_id text,
    token_ciphertext bytea,
    token_digest bytea not null check (octet_length(token_digest) = 32),
    -- Walks one way: held, then confirmed or ended.
    status text not null default 'held' check (status in ('held', 'confirmed', 'ended')),
    connection_id uuid,
    -- Why it ended, and the point of sale in the way.
    failure text,
    obstacle_point_of_sale_id uuid,
    -- The catalog and the customer list that a connection had before, where they changed.
    former_catalog text,
    former_customer_list text,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    finished_at timestamptz,
    -- A token is held here only until the person has decided.
    check ((status = 'held') = (token_ciphertext is not null)),
    check ((status = 'held') = (finished_at is null)),
    check ((status = 'confirmed') = (connection_id is not null)),
    check ((status = 'ended') = (failure is not null)),
    check ((token_ciphertext is null) = (token_key_id is null)),
    check ((origin = 'link') = (connection_link_id is not null)),
    check ((origin = 'reconnection') = (reconnects is not null)),
    check (organisation_id is not null or (origin = 'hubrise' and status <> 'confirmed'))
);

create index pending_connection_held on pending_connection (expires_at) where status = 'held';
create index pending_connection_token on pending_connection (token_digest) where status = 'held';

alter table authorisation_attempt
    alter column organisation_id drop not null,
    alter column user_id drop not null,
    alter column session_digest drop not null,
    -- Only a trip that HubRise itself began has no state.
    alter column state_digest drop not null,
    add column purpose text not null default 'connect'
        check (purpose in ('connect', 'install', 'link', 'open', 'sign_in')),
    -- Who may end it, where nobody need be signed in: the browser that began it.
    add column browser_id uuid,
    add column reconnects uuid,
    add column connection_link_id uuid references connection_link (id) on delete cascade,
    add column app_instance_id text,
    add column return_to text,
    -- Whose sign-in it turned out to be, or who opens the app without having an account yet.
    add column hubrise_user_id text,
    add column pending_connection_id uuid,
    -- As for a pending connection.
    add column former_catalog text,
    add column former_customer_list text,
    -- A sign-in lets one browser in, once.
    add column arrived_at timestamptz,
    drop constraint authorisation_attempt_check1,
    add constraint authorisation_attempt_outcome check (
        case status
            when 'completed' then case purpose
                when 'sign_in' then hubrise_user_id is not null
                else num_nonnulls(connection_id, pending_connection_id) = 1
            end
            else num_nonnulls(connection_id, pending_connection_id) = 0
        end
    ),
    add constraint authorisation_attempt_purpose check (
        case purpose
            when 'connect' then num_nulls(organisation_id, user_id, session_digest, state_digest) = 0
            when 'install' then browser_id is not null and state_digest is null and code_digest is not null
            when 'link' then num_nulls(organisation_id, connection_link_id, browser_id, state_digest) = 0
            when 'open' then num_nulls(app_instance_id, return_to, browser_id, state_digest) = 0
                and num_nonnulls(user_id, hubrise_user_id) = 1
            when 'sign_in' then num_nulls(return_to, browser_id, state_digest) = 0
        end
    );

-- A code that HubRise sent by itself is exchanged once, however often the browser loads the address.
create unique index authorisation_attempt_install_code on authorisation_attempt (code_digest) where purpose = 'install';
