-- Slowing down guesses at an account must not keep its owner out: a browser that has signed in with the password before is
-- known by a cookie of its own, and what others try does not slow it down.
create table known_device (
    -- SHA-256 of the cookie.
    device_digest bytea not null check (octet_length(device_digest) = 32),
    user_id uuid not null references app_user (id) on delete cascade,
    last_used_at timestamptz not null,
    primary key (device_digest, user_id)
);
create index known_device_user on known_device (user_id);
create index known_device_last_used on known_device (last_used_at);

-- Trips to HubRise that nobody comes back from are counted as well: each leaves a row behind.
alter table sign_in_throttle
    drop constraint sign_in_throttle_scope_check,
    add constraint sign_in_throttle_scope_check
        check (scope in ('account', 'second_factor', 'address', 'device', 'trip'));
