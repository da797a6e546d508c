-- How people get in: HubRise identities beside passwords, memberships that a role at HubRise keeps alive for a day,
-- invitations, sessions that can be seen and ended one by one, and the free trial of a new organisation.

alter table organisation add column trial_ends_at timestamptz;

alter table app_user
    -- Whoever signs in with HubRise alone has none.
    alter column password_hash drop not null,
    add column name text check (name = btrim(name) and char_length(name) between 1 and 200),
    -- When this person last proved with the password who they are.
    add column password_verified_at timestamptz;

-- Everybody who has proved to be a user of HubRise. Kept without an account for a day only.
create table hubrise_identity (
    hubrise_user_id text primary key check (char_length(hubrise_user_id) between 1 and 64),
    user_id uuid unique references app_user (id) on delete cascade,
    email text not null check (email = lower(email) and email like '%_@_%'),
    name text check (name = btrim(name) and char_length(name) between 1 and 200),
    -- The languages of the profile, the preferred one first.
    locales text[] not null,
    proved_at timestamptz not null
);

create index hubrise_identity_unclaimed on hubrise_identity (proved_at) where user_id is null;

alter table membership
    -- Given by somebody of the organisation, or by a role at HubRise that must be proved again.
    add column source text not null default 'organisation' check (source in ('organisation', 'hubrise')),
    add column verified_at timestamptz,
    add column expires_at timestamptz,
    -- The install at HubRise through which the role was proved.
    add column app_instance_id text,
    add constraint membership_by_hubrise check (
        (source = 'hubrise') = (expires_at is not null)
        and (source = 'hubrise') = (app_instance_id is not null)
        and (source = 'hubrise') = (verified_at is not null)
        -- HubRise proves that somebody may look, never that they may change.
        and (source = 'organisation' or role = 'staff')
    );

-- A role at HubRise would let a removed person in again at once: only an invitation does that was made afterwards.
create table removed_member (
    organisation_id uuid not null references organisation (id) on delete cascade,
    user_id uuid not null references app_user (id) on delete cascade,
    -- Who they were at HubRise: with another account they are still the same person.
    hubrise_user_id text,
    removed_at timestamptz not null,
    primary key (user_id, organisation_id)
);

create index removed_member_organisation on removed_member (organisation_id);

create table invitation (
    id uuid primary key,
    organisation_id uuid not null references organisation (id) on delete cascade,
    role text not null check (role in ('manager', 'staff')),
    -- For whom, in the words of whoever invited.
    note text check (note = btrim(note) and char_length(note) between 1 and 120),
    secret_digest bytea not null unique check (octet_length(secret_digest) = 32),
    -- The secret itself, for whoever made the link to copy it again; wiped once the link is of no use.
    secret_key_id text,
    secret_ciphertext bytea,
    created_by uuid references app_user (id) on delete set null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    used_by uuid references app_user (id) on delete set null,
    cancelled_at timestamptz,
    check ((secret_ciphertext is null) = (secret_key_id is null)),
    check (used_at is null or cancelled_at is null),
    check ((used_at is null and cancelled_at is null) or secret_ciphertext is null),
    check (used_by is null or used_at is not null)
);

create index invitation_organisation on invitation (organisation_id, created_at desc);

alter table browser_session
    -- Names a session to the person it belongs to; of no use in a cookie.
    add column handle uuid not null default gen_random_uuid(),
    add column user_id uuid generated always as ((data -> 'signed_in' ->> 'user')::uuid) stored;

create index browser_session_user on browser_session (user_id) where user_id is not null;
