-- Encryption keys that come and go while the service runs: what is known of each, and which process knows which, so that
-- nothing is sealed under a key that another process cannot open, or under one that was retired. And an end for the keys
-- of TicknCook's back office.

create table encryption_key (
    name text primary key,
    -- A digest of the key: two processes that call different keys by one name are told apart. It opens nothing.
    check_value bytea not null check (octet_length(check_value) = 32),
    added_at timestamptz not null,
    retired_at timestamptz
);

-- The running processes, each with its keys. All by the database's own clock, the one that they share.
create table key_holder (
    id uuid primary key,
    -- For the operator to find it by.
    label text not null,
    knows text[] not null,
    seals_under text not null,
    seen_at timestamptz not null
);

-- Volatile, so that it sees what was committed while the row waited for a lock.
create function key_is_retired(text) returns boolean language sql volatile strict
    return exists (select from encryption_key where name = $1 and retired_at is not null);

create function refuse_retired_key() returns trigger language plpgsql as $$
begin
    raise exception 'nothing is sealed under a retired key' using errcode = 'check_violation';
end
$$;

create trigger connection_key before insert or update of token_key_id on connection
    for each row when (key_is_retired(new.token_key_id)) execute function refuse_retired_key();
create trigger authorisation_attempt_key before insert or update of grant_key_id on authorisation_attempt
    for each row when (key_is_retired(new.grant_key_id)) execute function refuse_retired_key();
create trigger pending_connection_key before insert or update of token_key_id on pending_connection
    for each row when (key_is_retired(new.token_key_id)) execute function refuse_retired_key();
create trigger connection_link_key before insert or update of secret_key_id on connection_link
    for each row when (key_is_retired(new.secret_key_id)) execute function refuse_retired_key();
create trigger invitation_key before insert or update of secret_key_id on invitation
    for each row when (key_is_retired(new.secret_key_id)) execute function refuse_retired_key();
create trigger app_user_key before insert or update of totp_key_id on app_user
    for each row when (key_is_retired(new.totp_key_id)) execute function refuse_retired_key();
create trigger revocation_key before insert or update of token_key_id on revocation
    for each row when (key_is_retired(new.token_key_id)) execute function refuse_retired_key();

-- Those that were there before go on without an end, until somebody revokes them.
alter table api_key
    add column expires_at timestamptz,
    add column revoked_at timestamptz;

create index api_key_organisation on api_key (organisation_id);
