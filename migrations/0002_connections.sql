-- Connections to HubRise, the trips to HubRise's authorise page that make them, and what their end leaves
-- behind: a receipt for the organisation, and the revocation of the token until HubRise has confirmed it.

create table connection (
    id uuid primary key,
    organisation_id uuid not null,
    point_of_sale_id uuid not null,
    account_id text not null,
    account_name text,
    location_id text not null,
    location_name text,
    catalog_id text,
    catalog_name text,
    customer_list_id text,
    customer_list_name text,
    token_key_id text not null,
    token_ciphertext bytea not null,
    -- SHA-256 of the token: tells whether two grants share it without opening either.
    token_digest bytea not null check (octet_length(token_digest) = 32),
    connected_by uuid references app_user (id) on delete set null,
    connected_at timestamptz not null,
    -- When HubRise last answered for this token.
    verified_at timestamptz not null,
    constraint connection_point_of_sale foreign key (organisation_id, point_of_sale_id)
        references point_of_sale (organisation_id, id),
    constraint connection_one_per_point_of_sale unique (point_of_sale_id),
    constraint connection_one_per_location unique (location_id),
    constraint connection_one_per_token unique (token_digest)
);

create index connection_organisation on connection (organisation_id);

create table authorisation_attempt (
    id uuid primary key,
    organisation_id uuid not null references organisation (id) on delete cascade,
    user_id uuid not null references app_user (id) on delete cascade,
    session_digest bytea not null check (octet_length(session_digest) = 32),
    state_digest bytea not null unique check (octet_length(state_digest) = 32),
    -- The chosen point of sale; without one, a new one is made under the wished name, or the location's.
    point_of_sale_id uuid,
    new_point_of_sale_name text,
    -- Walks one way: pending, claimed (by the one request that may exchange the code), granted (the token is
    -- ours, not yet proven), then completed or failed.
    status text not null default 'pending'
        check (status in ('pending', 'claimed', 'granted', 'completed', 'failed')),
    failure text,
    code_digest bytea check (octet_length(code_digest) = 32),
    grant_key_id text,
    grant_ciphertext bytea,
    grant_digest bytea check (octet_length(grant_digest) = 32),
    -- Where the attempt ended, for the page that tells it.
    connection_id uuid,
    obstacle_point_of_sale_id uuid,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    claimed_at timestamptz,
    finished_at timestamptz,
    check ((status = 'failed') = (failure is not null)),
    check ((status = 'completed') = (connection_id is not null)),
    check ((status = 'pending') = (claimed_at is null)),
    check ((status in ('completed', 'failed')) = (finished_at is not null)),
    -- A token is held here only between its exchange and the end of the attempt.
    check ((status = 'granted') = (grant_ciphertext is not null)),
    check ((grant_ciphertext is null) = (grant_key_id is null) and (grant_ciphertext is null) = (grant_digest is null))
);

create index authorisation_attempt_unfinished on authorisation_attempt (claimed_at)
    where status in ('claimed', 'granted');
create index authorisation_attempt_created on authorisation_attempt (created_at);

-- A token to take back at HubRise. The row outlives its token: the token is wiped when HubRise has confirmed,
-- or when the same token turns out to serve a live connection again.
create table revocation (
    id uuid primary key,
    token_key_id text,
    token_ciphertext bytea,
    token_digest bytea not null check (octet_length(token_digest) = 32),
    status text not null default 'pending' check (status in ('pending', 'in_flight', 'confirmed', 'superseded')),
    requested_at timestamptz not null,
    in_flight_since timestamptz,
    tries integer not null default 0,
    finished_at timestamptz,
    check ((token_ciphertext is null) = (token_key_id is null)),
    check ((status in ('confirmed', 'superseded')) = (token_ciphertext is null)),
    check ((status in ('confirmed', 'superseded')) = (finished_at is not null)),
    check ((status = 'in_flight') = (in_flight_since is not null))
);

create index revocation_open on revocation (token_digest) where status in ('pending', 'in_flight');

-- The receipt. It keeps the names as they were, because the rows they came from may be gone.
create table disconnection (
    id uuid primary key,
    organisation_id uuid not null references organisation (id) on delete cascade,
    point_of_sale_id uuid not null,
    point_of_sale_name text not null,
    point_of_sale_deleted boolean not null,
    -- Without a connection, the point of sale was deleted while it was not connected.
    connection_id uuid unique,
    account_id text,
    account_name text,
    location_id text,
    location_name text,
    catalog_id text,
    catalog_name text,
    customer_list_id text,
    customer_list_name text,
    connected_at timestamptz,
    revocation_id uuid references revocation (id),
    requested_by uuid references app_user (id) on delete set null,
    requested_by_api_key uuid references api_key (id) on delete set null,
    disconnected_at timestamptz not null,
    check ((location_id is null) = (connection_id is null)),
    check ((location_id is null) = (revocation_id is null)),
    check ((location_id is null) = (connected_at is null))
);

create index disconnection_organisation on disconnection (organisation_id, disconnected_at desc);
create index disconnection_revocation on disconnection (revocation_id);
