-- The tenants (organisations and their points of sale), the people who act for them, and what their
-- sign-in leaves behind: browser sessions, slowed-down failures, and the keys of TicknCook's back office.

create table organisation (
    id uuid primary key,
    name text not null check (name = btrim(name) and char_length(name) between 1 and 120),
    created_at timestamptz not null
);

create table app_user (
    id uuid primary key,
    -- Kept in lower case, so that one address is one person.
    email text not null unique check (email = lower(email) and email like '%_@_%'),
    password_hash text not null,
    is_support boolean not null default false,
    language text check (language in ('fr', 'en')),
    created_at timestamptz not null
);

create table membership (
    organisation_id uuid not null references organisation (id) on delete cascade,
    user_id uuid not null references app_user (id) on delete cascade,
    role text not null check (role in ('manager', 'staff')),
    created_at timestamptz not null,
    primary key (user_id, organisation_id)
);

create index membership_organisation on membership (organisation_id);

create table browser_session (
    -- SHA-256 of the cookie's value: reading this table lets nobody in.
    id_digest bytea primary key check (octet_length(id_digest) = 32),
    data jsonb not null,
    expires_at timestamptz not null
);

create index browser_session_expires on browser_session (expires_at);

create table sign_in_throttle (
    scope text not null check (scope in ('account', 'address')),
    -- SHA-256 of the e-mail address or of the client's address.
    key_digest bytea not null check (octet_length(key_digest) = 32),
    failures integer not null check (failures > 0),
    last_failed_at timestamptz not null,
    blocked_until timestamptz not null,
    primary key (scope, key_digest)
);

create table api_key (
    id uuid primary key,
    organisation_id uuid not null references organisation (id) on delete cascade,
    name text not null check (char_length(name) between 1 and 120),
    key_digest bytea not null unique check (octet_length(key_digest) = 32),
    created_at timestamptz not null,
    last_used_at timestamptz
);

create table point_of_sale (
    id uuid primary key,
    organisation_id uuid not null references organisation (id) on delete cascade,
    name text not null check (name = btrim(name) and char_length(name) between 1 and 120),
    created_at timestamptz not null,
    -- Lets other tables point at a point of sale together with its tenant.
    unique (organisation_id, id)
);

create unique index point_of_sale_name on point_of_sale (organisation_id, lower(name));
