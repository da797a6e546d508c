-- Whoever has forgotten their password is sent a link to choose another.

-- Never for long: whoever uses these tables waits behind this.
set local lock_timeout = '10s';

create table password_link (
    id uuid primary key,
    -- As it was typed, whoever's it is: that is looked up when the mail is sent, so that the answer to whoever typed it takes
    -- as long for nobody's address as for somebody's.
    email text not null,
    language text not null check (language in ('fr', 'en')),
    expires_at timestamptz not null,
    user_id uuid references app_user (id) on delete cascade,
    -- SHA-256 of what is in the link.
    secret_digest bytea unique check (octet_length(secret_digest) = 32),
    check ((user_id is null) = (secret_digest is null))
);
create index password_link_user on password_link (user_id);

alter table sign_in_throttle
    drop constraint sign_in_throttle_scope_check,
    add constraint sign_in_throttle_scope_check check (scope in
        ('account', 'second_factor', 'address', 'device', 'trip', 'password_link', 'password_links'));
