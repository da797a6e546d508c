-- A process that dies between HubRise's answer to a code and the storing of the token leaves a grant that nobody here
-- knows. The code is therefore kept with the claim, so that whoever ends the attempt can ask HubRise once more; and where
-- HubRise says that the code was used, that is an alarm.

alter table authorisation_attempt
    add column code_key_id text,
    add column code_ciphertext bytea,
    -- Somebody has begun to end this attempt, whose process died.
    add column recovering_since timestamptz,
    add constraint authorisation_attempt_code check ((code_ciphertext is null) = (code_key_id is null));

-- Kept no longer than the claim, whichever version of the program ends it.
create function wipe_code() returns trigger language plpgsql as $$
begin
    new.code_key_id = null;
    new.code_ciphertext = null;
    return new;
end
$$;

create trigger authorisation_attempt_code_wiped before update on authorisation_attempt for each row
    when (new.status <> 'claimed' and new.code_ciphertext is not null) execute function wipe_code();

create trigger authorisation_attempt_code_key before insert or update of code_key_id on authorisation_attempt
    for each row when (key_is_retired(new.code_key_id)) execute function refuse_retired_key();

alter table alarm
    drop constraint alarm_kind_check,
    add constraint alarm_kind_check check (kind in ('revocation_overdue', 'bad_signature', 'oversized_event',
        'client_rejected', 'unknown_refusal', 'grant_unaccounted'));
