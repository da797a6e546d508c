-- An organisation can be deleted with all that is kept about it, and nothing that names a person is kept without a limit.

-- What is left of an organisation that was deleted: no name, no address, nobody's number at HubRise.
create table organisation_deletion (
    -- That of the organisation.
    id uuid primary key,
    deleted_at timestamptz not null,
    way text not null check (way in ('manager', 'operator')),
    -- How many were cut.
    connections integer not null check (connections >= 0),
    -- The tokens that HubRise had not taken back by then; they are rows of revocation.
    revocations uuid[] not null,
    -- SHA-256 of what stands in the address of the page that tells how far those are.
    secret_digest bytea not null unique check (octet_length(secret_digest) = 32)
);

create index organisation_deletion_revocations on organisation_deletion using gin (revocations);

-- Since when somebody belongs to no organisation: the account is deleted after a while.
alter table app_user add column alone_since timestamptz;

create index app_user_alone on app_user (alone_since) where alone_since is not null;

-- Whoever was removed stays out when their account is gone as well: by their number at HubRise, and by their address.
alter table removed_member
    drop constraint removed_member_user_id_fkey,
    -- SHA-256 of the address.
    add column email_digest bytea check (octet_length(email_digest) = 32);

update removed_member set email_digest = sha256(convert_to(email, 'UTF8')) from app_user where app_user.id = user_id;

create index removed_member_removed on removed_member (removed_at);

-- An account is deleted, and what it has done must not be searched for in whole tables.
create index authorisation_attempt_user on authorisation_attempt (user_id) where user_id is not null;
create index connection_connected_by on connection (connected_by) where connected_by is not null;
create index disconnection_requested_by on disconnection (requested_by) where requested_by is not null;
create index invitation_created_by on invitation (created_by) where created_by is not null;
create index invitation_used_by on invitation (used_by) where used_by is not null;
create index connection_link_created_by on connection_link (created_by) where created_by is not null;

-- The history is still never changed. What is older than three years goes, by the clock of the database as well.
create or replace function keep_history() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if old.at < now() - interval '3 years' then
            return old;
        end if;
        -- Or together with its organisation.
        if not exists (select from organisation where id = old.organisation_id) then
            return old;
        end if;
    end if;
    raise exception 'the history is append-only';
end
$$;

create index history_entry_at on history_entry (at);
create index disconnection_at on disconnection (disconnected_at);
create index revocation_finished on revocation (finished_at) where finished_at is not null;
create index revocation_token on revocation (token_digest);
