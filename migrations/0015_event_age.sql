-- What HubRise sent is deleted by its age, each hour, and comes in the order of its age: which pages are old enough is told by
-- what each few of them hold. An entry for every event cost it a twentieth of the time to keep it.
drop index hubrise_event_received;
create index hubrise_event_received on hubrise_event using brin (received_at)
    with (pages_per_range = 32, autosummarize = on);
