-- Keeping an event took the database longer to compress its body than to do everything else for it. Where the server has
-- lz4, new bodies are compressed with that: it takes a fraction of the time, for about the same size. Bodies that are there
-- stay as they are and can be read as before, by the previous version, too.
do $$
begin
    execute 'alter table hubrise_event alter column body set compression lz4';
exception
    when feature_not_supported or syntax_error then null; -- a server that has no lz4
end
$$;
